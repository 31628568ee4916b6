//! Bytes from strangers (`poolhouse_testkit::hostile`): every reader takes whatever comes, within bounds.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use poolhouse_testkit::hostile::{ALL, Mutator, Target};

/// Inputs for each target, unless a time is given.
const INPUTS: u64 = 1000;

/// How many inputs one number gives, so that a failure is found again soon.
const INPUTS_OF_A_NUMBER: usize = 100;

/// Gives an input to a target; a failure shows the input.
fn give(target: &Target, input: &[u8]) {
    if catch_unwind(AssertUnwindSafe(|| (target.run)(input))).is_err() {
        let shown = input.escape_ascii();
        panic!("{} failed for an input of {} bytes: b\"{shown}\"", target.name, input.len());
    }
}

fn mutated(target: &Target, number: u64) -> usize {
    let mut mutator = Mutator::new((target.seeds)(), number);
    for _ in 0..INPUTS_OF_A_NUMBER {
        give(target, &mutator.input());
    }
    INPUTS_OF_A_NUMBER
}

/// With `POOLHOUSE_FUZZ_SECONDS`, as many as there is time for; else always the same.
#[test]
fn whatever_comes_is_read_or_refused() {
    let seconds = std::env::var("POOLHOUSE_FUZZ_SECONDS").ok().map(|text| text.parse::<u32>().unwrap());
    let share =
        seconds.map(|seconds| Duration::from_secs(seconds.into()) / u32::try_from(ALL.len()).unwrap());
    for target in &ALL {
        (target.seeds)().iter().for_each(|seed| give(target, seed));
        let begun = Instant::now();
        let more = |number: u64| match share {
            Some(share) => begun.elapsed() < share,
            None => number < INPUTS / INPUTS_OF_A_NUMBER as u64,
        };
        let inputs: usize =
            (0..).take_while(|number| more(*number)).map(|number| mutated(target, number)).sum();
        println!("{:12} {inputs} inputs", target.name);
    }
}

/// The longest inputs, of each shape that was thought of: read or refused as all others, whatever it costs.
#[test]
fn the_longest_that_is_taken_is_read_or_refused() {
    for target in &ALL {
        let inputs = (target.longest)(target.most);
        assert!(!inputs.is_empty());
        for input in inputs {
            // A signature's lines and a token's parts beside what was filled are few.
            assert!(input.len() <= target.most * 2, "{}: {}", target.name, input.len());
            give(target, &input);
        }
    }
}

/// Writes the seeds where libFuzzer reads them.
#[test]
#[ignore = "writes files: cargo xtask fuzz --libfuzzer"]
fn seeds_for_libfuzzer() {
    for target in &ALL {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target.name);
        fs::create_dir_all(&folder).unwrap();
        for (number, seed) in (target.seeds)().iter().enumerate() {
            fs::write(folder.join(format!("seed-{number}")), seed).unwrap();
        }
    }
}

/// For people: what the longest inputs cost, and those of half the length. A reader whose work is in proportion to
/// what it reads takes twice as long for the whole.
#[test]
#[ignore = "measures: cargo xtask fuzz --measure"]
fn figures() {
    println!("{:12} {:>5} {:>9} {:>10} {:>10} {:>6}", "target", "shape", "bytes", "half", "whole", "ratio");
    for target in &ALL {
        let whole = (target.longest)(target.most);
        let half = (target.longest)(target.most / 2);
        for (shape, (half, whole)) in half.iter().zip(&whole).enumerate() {
            let [half, time] = [half, whole].map(|input| cost(target, input));
            let ratio = time.as_secs_f64() / half.as_secs_f64();
            let bytes = whole.len();
            println!("{:12} {shape:>5} {bytes:>9} {half:>10.1?} {time:>10.1?} {ratio:>6.2}", target.name);
        }
    }
}

/// The shortest of some: what else the machine did does not count.
fn cost(target: &Target, input: &[u8]) -> Duration {
    let run = || {
        let begun = Instant::now();
        (target.run)(input);
        begun.elapsed()
    };
    (0..15).map(|_| run()).min().unwrap()
}
