use std::collections::BTreeMap;
use std::path::Path;

use trueup::prelude::*;

#[derive(Debug, Clone, PartialEq, Model)]
#[model(content_type = "ipam.vlan", crate = "::trueup::engine")]
pub struct Vlan {
    #[id]
    pub vid: u16,
    pub name: String,
}

/// The rows of the file by the number of their VLAN; a file that is not there yet has none.
pub fn read(file: &Path) -> Result<BTreeMap<u16, Vlan>, BoxError> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error.into()),
    };
    let vlan = |line: &str| {
        let (vid, name) = line.split_once(',').ok_or_else(|| format!("`{line}` is no row of two columns"))?;
        Ok((vid.parse()?, Vlan { vid: vid.parse()?, name: name.to_owned() }))
    };
    text.lines().skip(1).map(vlan).collect()
}

/// Writes the whole file beside the old one and puts it in its place, so that a reader never sees half of it.
pub fn write(file: &Path, vlans: &BTreeMap<u16, Vlan>) -> Result<(), BoxError> {
    let mut text = "vid,name\n".to_owned();
    for Vlan { vid, name } in vlans.values() {
        text.push_str(&format!("{vid},{name}\n"));
    }
    let fresh = file.with_extension("fresh");
    std::fs::write(&fresh, text)?;
    Ok(std::fs::rename(fresh, file)?)
}
