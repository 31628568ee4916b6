//! Values that stand elsewhere: `env:NAME` is what an environment variable holds, `file:PATH` a file (a secret of Docker, a
//! credential of systemd).

use std::fs;

/// The value itself, or the one that it leads to.
///
/// # Errors
/// Names what is missing, or empty.
pub(crate) fn resolve(value: &str) -> Result<String, String> {
    let (place, found) = if let Some(variable) = value.strip_prefix("env:") {
        let found =
            std::env::var(variable).map_err(|_| format!("the environment variable {variable} is not set"))?;
        (format!("the environment variable {variable}"), found)
    } else if let Some(path) = value.strip_prefix("file:") {
        let text = fs::read_to_string(path).map_err(|error| format!("cannot read {path}: {error}"))?;
        // Whoever writes such a file by hand ends its line.
        (path.to_owned(), text.trim_end_matches(['\n', '\r']).to_owned())
    } else {
        return Ok(value.to_owned());
    };
    // An empty secret is one that everybody knows.
    if found.is_empty() { Err(format!("{place} is set to nothing")) } else { Ok(found) }
}

/// Whether it stands elsewhere.
pub(crate) fn is_elsewhere(value: &str) -> bool {
    value.starts_with("env:") || value.starts_with("file:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stands_for_itself_or_leads_elsewhere() {
        let file = std::env::temp_dir()
            .join(format!("poolhouse-value-{}", poolhouse_ports::Entropy::system().uuid()));
        fs::write(&file, "hunter2\n").unwrap();
        assert_eq!(resolve(&format!("file:{}", file.display())).as_deref(), Ok("hunter2"));
        for empty in ["", "\n"] {
            fs::write(&file, empty).unwrap();
            let refused = resolve(&format!("file:{}", file.display())).unwrap_err();
            assert!(refused.contains("is set to nothing"), "{refused}");
        }
        fs::remove_file(&file).unwrap();
        let missing = resolve(&format!("file:{}", file.display())).unwrap_err();
        assert!(missing.contains("cannot read") && missing.contains("poolhouse-value"), "{missing}");
        assert_eq!(resolve("env:PATH").ok(), std::env::var("PATH").ok());
        assert!(resolve("env:POOLHOUSE_NO_SUCH").unwrap_err().contains("POOLHOUSE_NO_SUCH is not set"));
        assert_eq!(resolve("sqlite:x").as_deref(), Ok("sqlite:x"));
    }
}
