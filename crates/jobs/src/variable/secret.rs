use std::fmt;

/// Where a secret is kept. Safe to show and to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretReference {
    /// `env:NAME`, a variable of the environment.
    Environment(String),
    /// `file:PATH`, the first line of a file.
    File(String),
}

impl SecretReference {
    /// `None` for what is no reference, which may be a secret itself and must not be repeated.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text.split_once(':')? {
            ("env", name) if !name.is_empty() => Some(Self::Environment(name.to_owned())),
            ("file", path) if !path.is_empty() => Some(Self::File(path.to_owned())),
            _ => None,
        }
    }

    /// Looks the secret up. Do that where it is used, so that it lives briefly.
    ///
    /// # Errors
    /// It is not there; the message names the place.
    pub fn resolve(&self) -> Result<Secret, std::io::Error> {
        let missing = |what: String| std::io::Error::new(std::io::ErrorKind::NotFound, what);
        match self {
            Self::Environment(name) => std::env::var(name)
                .map(Secret)
                .map_err(|_| missing(format!("the environment has no variable {name}, which is to hold a secret"))),
            Self::File(path) => match std::fs::read_to_string(path) {
                Ok(text) => Ok(Secret(text.lines().next().unwrap_or_default().to_owned())),
                Err(error) => Err(std::io::Error::new(
                    error.kind(),
                    format!("the file {path}, which is to hold a secret, cannot be read: {error}"),
                )),
            },
        }
    }
}

/// As it is given.
impl fmt::Display for SecretReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{path}"),
        }
    }
}

/// A secret that was looked up. It shows itself to nobody who does not ask by name.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
