//! One of the targets of `poolhouse_testkit::hostile`, driven by libFuzzer: the one that `POOLHOUSE_FUZZ_TARGET` names.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use poolhouse_testkit::hostile::{ALL, Target};

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("POOLHOUSE_FUZZ_TARGET").unwrap_or_default();
    let named = ALL.into_iter().find(|target| target.name == name);
    named
        .unwrap_or_else(|| panic!("POOLHOUSE_FUZZ_TARGET must be one of {:?}", ALL.map(|target| target.name)))
});

fuzz_target!(|input: &[u8]| (TARGET.run)(input));
