use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::sync::LazyLock;

/// What code a job is. Two jobs of one name and one version do the same; a run that was asked for with one version is not
/// done by a program that has another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct JobVersion(String);

/// Digits that are kept of a hash.
const DIGITS: usize = 16;
/// Bytes that are hashed at once.
const CHUNK: usize = 65_536;

static PROGRAM: LazyLock<JobVersion> = LazyLock::new(|| {
    let hash = || {
        let (mut file, mut hasher, mut chunk) =
            (File::open(std::env::current_exe()?)?, blake3::Hasher::new(), vec![0; CHUNK]);
        loop {
            match file.read(&mut chunk)? {
                0 => return Ok::<_, std::io::Error>(JobVersion::from(hasher.finalize())),
                read => hasher.update(&chunk[..read]),
            };
        }
    };
    // A program whose file is gone or not to be read goes by the version that it was given.
    hash().unwrap_or_else(|_| JobVersion::of(env!("CARGO_PKG_VERSION").as_bytes()))
});

impl JobVersion {
    /// By the content of what makes the job.
    pub fn of(content: &[u8]) -> Self {
        blake3::hash(content).into()
    }

    /// By the content of the file of this program: another build is another version.
    pub fn of_program() -> Self {
        PROGRAM.clone()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<blake3::Hash> for JobVersion {
    fn from(hash: blake3::Hash) -> Self {
        Self(hash.to_hex()[..DIGITS].to_owned())
    }
}

impl fmt::Display for JobVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
