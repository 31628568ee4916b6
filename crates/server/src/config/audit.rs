//! Settings of the audit log.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args};
use poolhouse_api::audit::Settings;
use serde::Deserialize;

use crate::exit::Failure;

const MIB: u64 = 1024 * 1024;

/// A file of the log, in MiB.
const SIZE: u64 = 64;

/// Options of the audit log (docs/operating.md).
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(crate) struct AuditOptions {
    /// Folder for the audit log: a record of each signed call that changes something or is refused, and of each command that
    /// changes something [default: none].
    #[arg(long, env = "POOLHOUSE_AUDIT_LOG", value_name = "FOLDER")]
    pub(crate) audit_log: Option<PathBuf>,

    /// A record of each signed call that only reads, too.
    #[arg(long, env = "POOLHOUSE_AUDIT_READS", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) audit_reads: bool,

    /// Change nothing while records cannot be written, as when the disk is full; without it such changes are made, told in the
    /// server's log and counted.
    #[arg(long, env = "POOLHOUSE_AUDIT_REQUIRED", action = ArgAction::SetTrue, value_parser = FalseyValueParser::new())]
    pub(crate) audit_required: bool,

    /// How long a file of the log grows before the next one is begun, in MiB [default: 64].
    #[arg(long, env = "POOLHOUSE_AUDIT_FILE_SIZE", value_name = "MIB")]
    pub(crate) audit_file_size: Option<NonZeroU32>,
}

impl AuditOptions {
    pub(super) fn fill_from(&mut self, file: Self) {
        self.audit_log = self.audit_log.take().or(file.audit_log);
        self.audit_reads |= file.audit_reads;
        self.audit_required |= file.audit_required;
        self.audit_file_size = self.audit_file_size.or(file.audit_file_size);
    }

    /// Refuses settings that have no effect: they are a misunderstanding.
    ///
    /// # Errors
    /// Names the setting.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let others = [
            ("audit-reads", self.audit_reads),
            ("audit-required", self.audit_required),
            ("audit-file-size", self.audit_file_size.is_some()),
        ];
        if let (None, Some((name, _))) = (&self.audit_log, others.iter().find(|(_, given)| *given)) {
            return Err(Failure::setup(format!(
                "{name} is given without audit-log; name a folder, or leave it out"
            )));
        }
        Ok(())
    }

    /// What is told.
    pub(crate) fn settings(&self) -> Settings {
        Settings { reads: self.audit_reads, required: self.audit_required }
    }

    /// How long a file grows, in bytes.
    pub(crate) fn longest(&self) -> u64 {
        self.audit_file_size.map_or(SIZE, |size| u64::from(size.get())) * MIB
    }
}
