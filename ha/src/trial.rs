//! One deployment, and faults one after the other.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::Result;
use crate::balancer::entrance;
use crate::deployment::Deployment;
use crate::fault::Fault;
use crate::folder::Folder;
use crate::load::{Kind, Load};
use crate::needs::Programs;
use crate::nodes::Way;
use crate::report::Row;
use crate::truth;

/// How long a fault lasts, before it is mended.
const LASTING: Duration = Duration::from_secs(30);
/// How long everything is left alone, before a fault and after it.
const QUIET: Duration = Duration::from_secs(4);

/// Makes a deployment and has these faults befall it.
pub(crate) fn run(binary: &Path, programs: &Programs, way: Way, faults: &[Fault]) -> Result<Vec<Row>> {
    let folder = Folder::new()?;
    let outcome = befall(binary, programs, &folder, way, faults);
    match outcome {
        Ok(rows) if rows.iter().all(Row::is_good) => {
            folder.remove();
            Ok(rows)
        }
        Ok(rows) => {
            println!("the logs are in {}", folder.path().display());
            Ok(rows)
        }
        Err(message) => Err(format!("{message}; the logs are in {}", folder.path().display())),
    }
}

fn befall(
    binary: &Path,
    programs: &Programs,
    folder: &Folder,
    way: Way,
    faults: &[Fault],
) -> Result<Vec<Row>> {
    println!("\n== {way}");
    let deployment = Deployment::start(binary, programs, folder, way)?;
    let load = Load::prepare(entrance())?;
    thread::scope(|scope| {
        load.start(scope);
        let rows = faults.iter().map(|fault| one(*fault, &deployment, &load)).collect();
        load.stop();
        rows
    })
}

/// One fault, from a whole deployment to a whole deployment.
fn one(fault: Fault, deployment: &Deployment, load: &Load) -> Result<Row> {
    let primary = deployment.wait_until_whole()?;
    thread::sleep(QUIET);
    let before = load.acknowledged().len();
    let begin = Instant::now();
    fault.strike(deployment, primary)?;
    thread::sleep(LASTING);
    fault.mend(deployment, primary)?;
    deployment.wait_until_whole()?;
    thread::sleep(QUIET);
    let gaps = Kind::ALL.map(|kind| load.gap(kind, begin));
    let row = Row {
        fault,
        gaps,
        failures: load.failures(begin),
        acknowledged: load.acknowledged().len() - before,
        lost: truth::lost(load)?,
    };
    println!("{row}");
    Ok(row)
}
