//! The real program, run as a person would.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value as Json;
use tempfile::TempDir;

/// A folder of one test, gone afterwards.
pub struct Folder(TempDir);

/// How a run of the program ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder can be made"))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder can be made");
        std::fs::write(&path, content).expect("a file can be written");
        path
    }

    /// `trueup ARGUMENTS` in this folder.
    pub fn trueup(&self, arguments: &[&str]) -> Ended {
        self.trueup_with(arguments, &[])
    }

    /// With these environment variables.
    pub fn trueup_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Ended {
        self.run(Path::new(env!("CARGO_BIN_EXE_trueup")), arguments, environment)
    }

    /// Lines for a shell, as a person would type them; the first that fails ends it.
    pub fn shell(&self, script: &str) -> Ended {
        self.run(Path::new("sh"), &["-e", "-c", script], &[])
    }

    /// The same program under another name.
    pub fn called(&self, name: &str, arguments: &[&str]) -> Ended {
        let program = self.path().join(name);
        if !program.exists() {
            std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_trueup"), &program).expect("a link can be made");
        }
        self.run(&program, arguments, &[])
    }

    fn command(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.path());
        for name in ["TRUEUP_DATABASE", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
            command.env_remove(name);
        }
        command
    }

    fn run(&self, program: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Ended {
        let mut command = self.command(program, arguments);
        command.envs(environment.iter().copied());
        let output = command.output().expect("the program can be started");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program prints UTF-8");
        Ended {
            code: output.status.code().expect("the program was not killed"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

/// A program that is ended with its test.
pub struct Running(pub Child);

impl Running {
    /// `trueup ARGUMENTS` in this folder, while the test goes on.
    pub fn start(folder: &Folder, arguments: &[&str]) -> Self {
        let mut command = folder.command(Path::new(env!("CARGO_BIN_EXE_trueup")), arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        Self(command.spawn().expect("the program can be started"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ended = self.0.kill().and_then(|()| self.0.wait());
    }
}

impl Ended {
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", shortened(&self.stdout), shortened(&self.stderr));
        self
    }

    /// The one JSON document on standard output.
    #[track_caller]
    pub fn json(&self) -> Json {
        let lines = self.json_lines();
        assert_eq!(lines.len(), 1, "one line of JSON was expected: {}", shortened(&self.stdout));
        lines.into_iter().next().unwrap_or_default()
    }

    #[track_caller]
    pub fn json_lines(&self) -> Vec<Json> {
        let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"));
        self.stdout.lines().map(parse).collect()
    }

    /// One clear message: every snippet is in it, it is short, and nothing in it looks like a crash.
    #[track_caller]
    pub fn complains(&self, snippets: &[&str]) {
        let message = &self.stderr;
        for snippet in snippets {
            assert!(message.contains(snippet), "`{snippet}` is not in:\n{}", shortened(message));
        }
        assert_eq!(message.matches("error").count().min(1), 1, "no error is told:\n{}", shortened(message));
        assert!(message.len() < 2_000, "{} bytes are no clear message:\n{}", message.len(), shortened(message));
        for crash in ["panicked", "RUST_BACKTRACE", "unwrap", "Error {", "Some("] {
            assert!(!message.contains(crash), "this looks like a crash:\n{}", shortened(message));
        }
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(4_000).collect()
}
