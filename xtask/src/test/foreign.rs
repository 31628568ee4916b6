//! Foreign clients against the built binary: the suites in `conformance/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::postgres::{AWS_FACTS, PYTHON};
use super::process::{self, find, run_counted, tied};
use super::server::Server;
use super::{Obstacle, Outcome, Setting, count};
use crate::Result;
use crate::workspace::{output, root};

/// The folder of the JavaScript suite.
pub(super) const JAVASCRIPT: &str = "conformance/javascript";

/// boto3, pycognito and the AWS CLI; the suite starts the servers that it needs. Without PostgreSQL it runs on SQLite
/// alone, except in CI.
pub(super) fn python(part: &'static str, setting: &Setting) -> Outcome {
    let (python, binary) = (setting.python()?, setting.binary()?);
    let mut pytest = tied(python);
    pytest.args(["-m", "pytest", "--no-header"]).current_dir(root().join("conformance/python"));
    match setting.postgres() {
        Ok(postgres) => {
            pytest.env("POOLHOUSE_TEST_DATABASE", postgres.database_url(PYTHON));
        }
        Err(Obstacle::Missing(what)) if !setting.ci => println!("on SQLite alone: {what}"),
        Err(obstacle) => return Err(obstacle),
    }
    Ok(run_counted(part, suite(&mut pytest, binary), count::pytest)?)
}

/// amazon-cognito-identity-js, aws-jwt-verify, the AWS SDK for JavaScript, and in Chromium Amplify and passkeys;
/// starts its own servers. What needs Chromium is skipped where it is missing, except in CI.
pub(super) fn javascript(part: &'static str, setting: &Setting) -> Outcome {
    let node = setting.node()?;
    if find("chromium").is_none() {
        let missing = "Chromium is not installed; install the package chromium";
        if setting.ci {
            return Err(Obstacle::Missing(missing.to_owned()));
        }
        println!("without Amplify and passkeys: {missing}");
    }
    let mut tests = tied(node);
    tests.args(["--test", "--test-reporter=spec"]).current_dir(root().join(JAVASCRIPT));
    Ok(run_counted(part, suite(&mut tests, setting.binary()?), count::node)?)
}

/// A suite that starts servers itself needs the binary, and no server of somebody else's.
fn suite<'a>(command: &'a mut Command, binary: &Path) -> &'a mut Command {
    command.env("POOLHOUSE_BIN", binary).env_remove("POOLHOUSE_ENDPOINT")
}

/// AWS's recorded answers, replayed on SQLite.
pub(super) fn aws_facts(part: &'static str, setting: &Setting) -> Outcome {
    replay(part, setting, &[])
}

/// The same on PostgreSQL.
pub(super) fn aws_facts_postgres(part: &'static str, setting: &Setting) -> Outcome {
    let url = setting.postgres()?.database_url(AWS_FACTS);
    replay(part, setting, &["--database", &url])
}

fn replay(part: &str, setting: &Setting, arguments: &[&str]) -> Outcome {
    let python = setting.python()?;
    // AWS holds pools to their tiers; the account is the one of the log groups that were recorded.
    let settings = ["--tiers", "strict", "--account-id", "123456789012"];
    let arguments = [&settings[..], arguments].concat();
    let server = Server::start(setting.binary()?, &arguments)?;
    let mut replay = tied(python);
    replay.args(["conformance/aws-facts/run.py", "--jobs", "4"]);
    replay.env("POOLHOUSE_ENDPOINT", server.endpoint());
    replay.env("AWS_ACCESS_KEY_ID", "poolhouse").env("AWS_SECRET_ACCESS_KEY", "poolhouse-dev");
    replay.env("AWS_DEFAULT_REGION", "us-east-1").env_remove("AWS_SESSION_TOKEN");
    Ok(run_counted(part, &mut replay, count::plain)?)
}

/// Makes `conformance/.venv` with the pinned packages; an existing one is kept while the pins stay.
pub(super) fn environment() -> std::result::Result<PathBuf, Obstacle> {
    let check = "import sys, venv, ensurepip; assert sys.version_info >= (3, 11); print(sys.version)";
    let Ok(version) = output("python3", &["-c", check]) else {
        return Err(Obstacle::Missing(
            "Python 3.11 or newer with its venv module is missing; install the packages python3 and python3-venv"
                .to_owned(),
        ));
    };
    let folder = root().join("conformance/.venv");
    let requirements = root().join("conformance/python/requirements.txt");
    let pins = fs::read_to_string(&requirements).map_err(|e| format!("cannot read the requirements: {e}"))?;
    let python = folder.join("bin/python");
    install_once(&folder.join("installed"), &format!("{version}{pins}"), || {
        process::run(tied("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
        let mut pip = tied(&python);
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-input",
            "--requirement",
        ]);
        process::run(pip.arg(&requirements))
    })?;
    Ok(python)
}

/// Installs the pinned packages of the JavaScript suite; returns the `node` to run it with.
pub(super) fn packages() -> std::result::Result<PathBuf, Obstacle> {
    let folder = root().join(JAVASCRIPT);
    let missing = || {
        Obstacle::Missing("Node.js 20 or newer is missing; install the packages nodejs and npm".to_owned())
    };
    let (Some(node), Some(npm)) = (find("node"), find("npm")) else {
        return Err(missing());
    };
    let version = output("node", &["--version"])?;
    let major =
        version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < 20) {
        return Err(missing());
    }
    let pins = fs::read_to_string(folder.join("package-lock.json"))
        .map_err(|e| format!("cannot read the pins: {e}"))?;
    install_once(&folder.join("node_modules/.installed"), &format!("{version}{pins}"), || {
        process::run(tied(npm).args(["ci", "--loglevel=error"]).current_dir(&folder))
    })?;
    Ok(node)
}

/// Installs unless `stamp` says that just this is installed.
fn install_once(stamp: &Path, what: &str, install: impl FnOnce() -> Result) -> Result {
    if fs::read_to_string(stamp).is_ok_and(|installed| installed == what) {
        return Ok(());
    }
    install()?;
    fs::write(stamp, what).map_err(|e| format!("cannot write {}: {e}", stamp.display()))
}
