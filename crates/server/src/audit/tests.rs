use std::fs;
use std::path::{Path, PathBuf};

use poolhouse_crypto::seal::Key;

use super::chain::Head;
use super::files::{Files, list};
use super::verify::{Known, Problem, Report, verify};
use super::*;

const RECORD: &str = r#"{"eventName":"One"}"#;
const CHAIN: &str = "20300101T000000Z-0a1b2c3d";

fn master(byte: u8) -> MasterKey {
    MasterKey::new([byte; 32])
}

/// A folder of its own for each test.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("poolhouse-audit-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).unwrap();
    folder
}

/// A chain of six records, two in a file; and where it ends.
fn written(folder: &Path) -> Head {
    let mut files = Files::new(folder, 300, CHAIN.to_owned(), master(1).audit_key(CHAIN));
    let records: Vec<String> = (1..=6).map(|n| format!(r#"{{"eventName":"Number{n}"}}"#)).collect();
    records.iter().map(|record| files.append([record.as_str()].into_iter()).unwrap()).last().unwrap()
}

fn known(head: &Head) -> Known {
    Known { heads: [(CHAIN.to_owned(), head.clone())].into(), archived: false }
}

fn look(folder: &Path, known: &Known) -> Report {
    verify(folder, &[master(9), master(1)], known).unwrap()
}

/// The files of the chain, and their lines.
fn lines(folder: &Path) -> Vec<(PathBuf, Vec<String>)> {
    let (_, files) = list(folder).unwrap().remove(0);
    let read = |file: &PathBuf| fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect();
    files.into_iter().map(|file| (file.clone(), read(&file))).collect()
}

fn write_lines(file: &Path, lines: &[String]) {
    fs::write(file, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
}

/// What is found after `change` was made to the lines of the first three files.
fn after(name: &str, change: impl FnOnce(&mut Vec<Vec<String>>)) -> (Vec<PathBuf>, Report) {
    let folder = folder(name);
    let head = written(&folder);
    let (files, mut texts): (Vec<PathBuf>, Vec<Vec<String>>) = lines(&folder).into_iter().unzip();
    assert_eq!(texts.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 2]);
    change(&mut texts);
    for (file, lines) in files.iter().zip(&texts) {
        write_lines(file, lines);
    }
    let report = look(&folder, &known(&head));
    fs::remove_dir_all(folder).unwrap();
    (files, report)
}

fn missing(from: i64, to: i64) -> Problem {
    Problem::Missing { chain: CHAIN.to_owned(), from, to }
}

#[test]
fn what_was_written_is_found_in_order() {
    let (_, report) = after("order", |_| {});
    assert_eq!((report.chains, report.records, report.lost), (1, 6, 0));
    assert_eq!(report.problems, []);
}

#[test]
fn each_way_to_tamper_is_told_with_its_place() {
    let (files, report) = after("changed", |texts| texts[1][0] = texts[1][0].replace("Number3", "Number9"));
    let changed = |file: usize, line| Problem::Changed { file: files[file].clone(), line };
    assert_eq!(report.problems, [changed(1, 1), missing(3, 3)]);

    let (_, report) = after("removed", |texts| drop(texts[1].remove(1)));
    assert_eq!(report.problems, [missing(4, 4)]);

    let (files, report) =
        after("inserted", |texts| texts[1].insert(1, "{\"eventName\":\"Nothing\"}".to_owned()));
    assert_eq!(report.problems, [Problem::Changed { file: files[1].clone(), line: 2 }]);

    let (files, report) = after("reordered", |texts| texts[1].swap(0, 1));
    let late = Problem::OutOfOrder { file: files[1].clone(), line: 2, sequence: 3 };
    assert_eq!(report.problems, [missing(3, 3), late]);

    let (files, report) = after("twice", |texts| {
        let line = texts[0][1].clone();
        texts[1].insert(0, line);
    });
    assert_eq!(report.problems, [Problem::OutOfOrder { file: files[1].clone(), line: 1, sequence: 2 }]);

    let (_, report) = after("truncated", |texts| drop(texts[2].pop()));
    assert_eq!(report.problems, [missing(6, 6)]);

    let (_, report) = after("emptied", |texts| texts[0].clear());
    assert_eq!(report.problems, [missing(1, 2)]);
}

#[test]
fn the_database_remembers_what_files_no_longer_hold() {
    let folder = folder("heads");
    let head = written(&folder);
    let (file, _) = lines(&folder).pop().unwrap();
    fs::remove_file(file).unwrap();
    assert_eq!(look(&folder, &known(&head)).problems, [missing(5, 6)]);
    // Without it the end is not known.
    assert_eq!(look(&folder, &Known::default()).problems, []);
    let other = Head { sequence: 4, mac: "f".repeat(64) };
    let replaced = Problem::Replaced { chain: CHAIN.to_owned(), sequence: 4 };
    assert_eq!(look(&folder, &known(&other)).problems, [replaced]);
    fs::remove_dir_all(&folder).unwrap();
    fs::create_dir(&folder).unwrap();
    assert_eq!(look(&folder, &known(&head)).problems, [missing(1, 6)]);
    assert_eq!(look(&folder, &Known { archived: true, ..known(&head) }).problems, []);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn older_files_may_be_elsewhere() {
    let folder = folder("archived");
    let head = written(&folder);
    fs::remove_file(&lines(&folder)[0].0).unwrap();
    assert_eq!(look(&folder, &known(&head)).problems, [missing(1, 2)]);
    assert_eq!(look(&folder, &Known { archived: true, ..known(&head) }).problems, []);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn another_key_fits_nothing() {
    let folder = folder("key");
    written(&folder);
    let report = verify(&folder, &[master(2)], &Known::default()).unwrap();
    assert_eq!(report.problems, [Problem::WrongKey { chain: CHAIN.to_owned() }]);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_record_that_was_not_finished_is_no_tampering() {
    let folder = folder("unfinished");
    let head = written(&folder);
    let (file, lines) = lines(&folder).pop().unwrap();
    let whole = format!("{}\n{}\n{{\"eventName\":\"Num", lines[0], lines[1]);
    fs::write(&file, whole).unwrap();
    let report = look(&folder, &known(&head));
    assert_eq!((report.problems.len(), report.unfinished), (0, vec![file]));
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_could_not_be_kept_is_counted_by_the_next_record() {
    let folder = folder("lost");
    let mut files = Files::new(&folder, 1 << 20, CHAIN.to_owned(), Key::new([1; 32]));
    let away = folder.with_extension("away");
    fs::rename(&folder, &away).unwrap();
    assert!(files.append([RECORD].into_iter()).is_err());
    assert!(files.append([RECORD, RECORD].into_iter()).is_err());
    fs::rename(&away, &folder).unwrap();
    assert_eq!(files.append([RECORD].into_iter()).unwrap().sequence, 1);
    let (_, lines) = lines(&folder).remove(0);
    assert_eq!(chain::proven(&Key::new([1; 32]), &lines[0]).unwrap().lost, 3);
    fs::remove_dir_all(folder).unwrap();
}
