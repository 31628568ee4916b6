//! Making a list of compromised passwords (`poolhouse passwords build`). Inputs of any size, in any order: what does
//! not fit into memory is sorted in parts, which are merged at the end.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use crate::fingerprint::Fingerprint;
use crate::list::{HEADER_BYTES, MAGIC};

/// Entries sorted in memory at once: 128 MiB.
const PART: usize = 1 << 24;

/// Hexadecimal digits of a SHA-1.
const SHA1_DIGITS: usize = 40;

/// The longest password that the service model allows, 256 characters, in bytes.
const LONGEST: usize = 1024;

/// What was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Built {
    /// Lines that were taken.
    pub taken: u64,
    /// Lines that are longer than any password, left out.
    pub left_out: u64,
    /// Entries of the list: what was taken, each once.
    pub entries: u64,
}

/// Makes the list at `output` from lines that are passwords, or hashes in the form of Have I Been Pwned: SHA-1 in
/// hexadecimal, which a colon and a count may follow. The file appears when it is complete.
///
/// # Errors
/// When an input cannot be read, or the list cannot be written.
pub fn build(inputs: impl IntoIterator<Item: BufRead>, output: &Path) -> io::Result<Built> {
    build_in_parts(inputs, output, PART)
}

fn build_in_parts(inputs: impl IntoIterator<Item: BufRead>, output: &Path, part: usize) -> io::Result<Built> {
    let mut sorter = Sorter { part, entries: Vec::new(), parts: Vec::new(), output };
    let (mut taken, mut left_out) = (0, 0);
    for mut input in inputs {
        let mut line = Vec::new();
        while input.read_until(b'\n', &mut line)? > 0 {
            match line.trim_ascii_end() {
                [] => {}
                given if given.len() > LONGEST => left_out += 1,
                _ => {
                    sorter.push(fingerprint(strip_line_end(&line)))?;
                    taken += 1;
                }
            }
            line.clear();
        }
    }
    let partial = beside(output, "partial");
    let entries = sorter.write(&partial)?;
    fs::rename(&partial, output)?;
    Ok(Built { taken, left_out, entries })
}

/// A blank may end a password; what ends a line does not belong to it.
fn strip_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn fingerprint(line: &[u8]) -> Fingerprint {
    published(line).unwrap_or_else(|| Fingerprint::of(line))
}

/// The beginning of a published hash, if the line is one.
fn published(line: &[u8]) -> Option<Fingerprint> {
    let (hash, count) = line.split_at_checked(SHA1_DIGITS)?;
    let is_count = match count {
        [] => true,
        [b':', count @ ..] => count.trim_ascii_end().iter().all(u8::is_ascii_digit),
        _ => false,
    };
    let hash = std::str::from_utf8(hash).ok().filter(|hash| hash.bytes().all(|b| b.is_ascii_hexdigit()))?;
    let beginning = u64::from_str_radix(hash.get(..16)?, 16).ok()?;
    is_count.then_some(Fingerprint(beginning))
}

/// Sorts more than fits into memory.
struct Sorter<'a> {
    part: usize,
    entries: Vec<Fingerprint>,
    parts: Vec<BufReader<File>>,
    output: &'a Path,
}

impl Sorter<'_> {
    fn push(&mut self, entry: Fingerprint) -> io::Result<()> {
        self.entries.push(entry);
        if self.entries.len() < self.part { Ok(()) } else { self.put_aside() }
    }

    /// Puts what is in memory aside, sorted.
    fn put_aside(&mut self) -> io::Result<()> {
        self.entries.sort_unstable();
        self.entries.dedup();
        let path = beside(self.output, "part");
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&path)?;
        // The file lives on as long as it is open, and leaves nothing behind however this ends.
        fs::remove_file(&path)?;
        let mut writer = BufWriter::new(file);
        for entry in self.entries.drain(..) {
            writer.write_all(&entry.to_bytes())?;
        }
        let mut file = writer.into_inner()?;
        file.seek(SeekFrom::Start(0))?;
        self.parts.push(BufReader::new(file));
        Ok(())
    }

    /// Merges the parts into the list; returns how many entries it has.
    fn write(mut self, path: &Path) -> io::Result<u64> {
        self.put_aside()?;
        let mut writer = BufWriter::new(File::create(path)?);
        writer.write_all(&[0; HEADER_BYTES as usize])?;
        let mut heap = BinaryHeap::new();
        for (number, part) in self.parts.iter_mut().enumerate() {
            heap.extend(next(part)?.map(|entry| Reverse((entry, number))));
        }
        let (mut last, mut count) = (None, 0u64);
        while let Some(Reverse((entry, number))) = heap.pop() {
            if let Some(part) = self.parts.get_mut(number) {
                heap.extend(next(part)?.map(|entry| Reverse((entry, number))));
            }
            if last != Some(entry) {
                writer.write_all(&entry.to_bytes())?;
                (last, count) = (Some(entry), count + 1);
            }
        }
        let mut file = writer.into_inner()?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&MAGIC)?;
        file.write_all(&count.to_be_bytes())?;
        file.sync_all()?;
        Ok(count)
    }
}

/// The next entry of a part.
fn next(part: &mut BufReader<File>) -> io::Result<Option<Fingerprint>> {
    if part.fill_buf()?.is_empty() {
        return Ok(None);
    }
    let mut bytes = [0; 8];
    part.read_exact(&mut bytes)?;
    Ok(Some(Fingerprint::from_bytes(bytes)))
}

/// A file in the folder of `path`, so that it can take its place.
fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::super::CompromisedPasswords;
    use super::super::list::{List, ListError};
    use super::*;

    /// SHA-1 of `abc` (FIPS 180-2, appendix A).
    const ABC: &str = "A9993E364706816ABA3E25717850C26C9CD0D89D";

    /// A folder that is gone when the test ends.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("poolhouse-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn passwords_and_published_hashes_become_one_list() {
        let folder = Folder::new("passwords");
        let output = folder.0.join("list");
        let plain: &[u8] = b"zebra-crossing-9\r\nabc\n\n trailing blank \nabc\nlatin-\xe9";
        let long = [b'x'; 1025];
        let hashes = format!("{ABC}:42\n{}\n", ABC.to_lowercase());
        let built = build([plain, hashes.as_bytes(), &long], &output).unwrap();
        assert_eq!(built, Built { taken: 7, left_out: 1, entries: 4 });
        let names: Vec<_> = fs::read_dir(&folder.0).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(names, ["list"]);
        let known = CompromisedPasswords::open(&output).unwrap();
        assert_eq!(known.listed(), 4);
        for password in ["abc", "zebra-crossing-9", " trailing blank ", "Password1!"] {
            assert!(known.contains(password), "{password}");
        }
        for password in ["ABC", "zebra-crossing-9\r", "trailing blank", "", ABC] {
            assert!(!known.contains(password), "{password}");
        }
        assert!(!CompromisedPasswords::default().contains("zebra-crossing-9"));
    }

    #[test]
    fn only_whole_hashes_are_hashes() {
        assert_eq!(published(ABC.as_bytes()), Some(Fingerprint::of(b"abc")));
        assert_eq!(published(format!("{ABC}:7 ").as_bytes()), Some(Fingerprint::of(b"abc")));
        for line in [&ABC[1..], &format!("{ABC}0"), &format!("{ABC}:x"), &format!("G{}", &ABC[1..]), "é"] {
            assert_eq!(published(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn parts_are_merged_and_everything_is_found() {
        let folder = Folder::new("parts");
        let output = folder.0.join("list");
        let lines: String = (0..20_000).map(|n| format!("{}\n", n % 15_000)).collect();
        let built = build_in_parts([lines.as_bytes()], &output, 700).unwrap();
        assert_eq!(built, Built { taken: 20_000, left_out: 0, entries: 15_000 });
        let list = List::open(&output).unwrap();
        let is_listed = |n: u32| list.contains(Fingerprint::of(n.to_string().as_bytes())).unwrap();
        assert!((0..15_000).all(is_listed));
        assert!(!(15_000..30_000).any(is_listed));
        for edge in [0, u64::MAX] {
            assert!(!list.contains(Fingerprint(edge)).unwrap());
        }
    }

    #[test]
    fn entries_that_lie_unevenly_are_found() {
        let folder = Folder::new("uneven");
        let output = folder.0.join("list");
        let values: Vec<u64> = (0..30_000).chain((0..63).map(|bit| 1 << bit)).chain([u64::MAX]).collect();
        let lines: String = values.iter().map(|value| format!("{value:016x}{:024}\n", 0)).collect();
        build([lines.as_bytes()], &output).unwrap();
        let list = List::open(&output).unwrap();
        assert!(values.iter().all(|value| list.contains(Fingerprint(*value)).unwrap()));
        for absent in [30_000, 40_000, (1 << 40) + 1, u64::MAX - 1] {
            assert!(!list.contains(Fingerprint(absent)).unwrap(), "{absent}");
        }
    }

    #[test]
    fn an_empty_list_has_nothing() {
        let folder = Folder::new("empty");
        let output = folder.0.join("list");
        assert_eq!(build([&b"\n\r\n"[..]], &output).unwrap().entries, 0);
        assert!(!List::open(&output).unwrap().contains(Fingerprint(1)).unwrap());
    }

    #[test]
    fn what_is_no_list_is_refused() {
        let folder = Folder::new("foreign");
        let path = folder.0.join("list");
        let open = || List::open(&path).map(drop).unwrap_err();
        assert!(matches!(open(), ListError::Io(_)));
        fs::write(&path, "short").unwrap();
        assert!(matches!(open(), ListError::Foreign));
        fs::write(&path, "password\n123456\nqwerty\nletmein\n").unwrap();
        assert!(matches!(open(), ListError::Foreign));
        build([&b"abc\n"[..]], &path).unwrap();
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        assert!(matches!(open(), ListError::CutOff));
        fs::write(&path, [&whole[..], b"x"].concat()).unwrap();
        assert!(matches!(open(), ListError::CutOff));
    }
}
