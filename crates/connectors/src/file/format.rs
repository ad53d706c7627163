use std::path::Path;

/// How the rows of a file are written; told by the end of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Csv,
    Json,
    JsonLines,
    Yaml,
}

/// A file whose name does not say what it holds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the end of its name tells no format; use .csv, .json, .jsonl, .ndjson, .yaml or .yml")]
pub struct UnknownFormat;

impl Format {
    pub fn of(path: &Path) -> Result<Self, UnknownFormat> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        match ending.to_ascii_lowercase().as_str() {
            "csv" => Ok(Format::Csv),
            "json" => Ok(Format::Json),
            "jsonl" | "ndjson" => Ok(Format::JsonLines),
            "yaml" | "yml" => Ok(Format::Yaml),
            _ => Err(UnknownFormat),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Format::Csv => "CSV",
            Format::Json => "JSON",
            Format::JsonLines => "JSON Lines",
            Format::Yaml => "YAML",
        }
    }
}
