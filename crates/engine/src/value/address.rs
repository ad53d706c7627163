use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use macaddr::MacAddr6;

/// A host address together with the length of its network, as an interface carries it: `10.0.0.5/24`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct InterfaceAddress {
    address: IpAddr,
    length: u8,
}

impl InterfaceAddress {
    /// `None` when `length` is longer than the address family allows.
    pub fn new(address: IpAddr, length: u8) -> Option<Self> {
        let longest = if address.is_ipv4() { 32 } else { 128 };
        (length <= longest).then_some(Self { address, length })
    }

    pub fn address(&self) -> IpAddr {
        self.address
    }

    pub fn length(&self) -> u8 {
        self.length
    }

    /// The network that the address lies in.
    pub fn network(&self) -> IpNet {
        IpNet::new(self.address, self.length).expect("the length was checked when the address was made").trunc()
    }
}

impl fmt::Display for InterfaceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

/// The text is no address of the wanted form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {wanted}")]
pub struct ParseAddressError {
    text: String,
    wanted: &'static str,
}

impl FromStr for InterfaceAddress {
    type Err = ParseAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error =
            || ParseAddressError { text: text.to_owned(), wanted: "an address with a length, such as 10.0.0.5/24" };
        let (address, length) = text.split_once('/').ok_or_else(error)?;
        let address = address.parse().map_err(|_| error())?;
        let length = length.parse().map_err(|_| error())?;
        InterfaceAddress::new(address, length).ok_or_else(error)
    }
}

/// Reads a MAC address in any of the spellings that devices print: `aa:bb:cc:dd:ee:ff`, `AA-BB-CC-DD-EE-FF`,
/// `aabb.ccdd.eeff`, `aabbccddeeff`.
pub fn parse_mac(text: &str) -> Result<MacAddr6, ParseAddressError> {
    let error = || ParseAddressError { text: text.to_owned(), wanted: "a MAC address of six bytes" };
    let mut bytes = [0u8; 6];
    let mut digits = 0;
    let mut separated = false;
    for c in text.bytes() {
        let nibble = match c {
            b'0'..=b'9' => c - b'0',
            b'a'..=b'f' => c - b'a' + 10,
            b'A'..=b'F' => c - b'A' + 10,
            b':' | b'-' | b'.' if digits > 0 && digits % 2 == 0 && !separated => {
                separated = true;
                continue;
            }
            _ => return Err(error()),
        };
        let byte = bytes.get_mut(digits / 2).ok_or_else(error)?;
        *byte = *byte << 4 | nibble;
        digits += 1;
        separated = false;
    }
    if digits == 12 && !separated { Ok(bytes.into()) } else { Err(error()) }
}
