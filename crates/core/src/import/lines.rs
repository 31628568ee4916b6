//! The lines of an uploaded file, read part by part.

use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;
use poolhouse_store::tables::import_jobs::ImportJob;
use poolhouse_store::tables::import_parts;

use super::upload::{self, PART};
use crate::Cx;
use crate::model::Pool;

/// The longest line, in characters (operations-and-protection §11, documented).
const LONGEST: usize = 16_000;

/// So many bytes are kept of a line: no character takes more than four.
const LONGEST_BYTES: usize = 4 * LONGEST;

/// A line without its end.
pub(super) struct Line {
    /// Its number in the file, from 1.
    pub(super) number: i64,
    /// What it says, or what is wrong with it.
    pub(super) text: Result<String, &'static str>,
}

/// Reads one line after the other.
pub(super) struct Lines {
    pool_id: PoolId,
    job_id: String,
    upload_id: String,
    size: i64,
    /// Where the next line begins.
    pub(super) position: i64,
    /// How many lines were read.
    pub(super) number: i64,
    part: Option<(i64, Vec<u8>)>,
}

impl Lines {
    /// The lines of a job's file, from the first.
    pub(super) fn of(job: &ImportJob) -> Self {
        Self {
            pool_id: job.pool_id.clone(),
            job_id: job.job_id.clone(),
            upload_id: job.upload_id.clone().unwrap_or_default(),
            size: job.size,
            position: 0,
            number: 0,
            part: None,
        }
    }

    /// Goes to where line `number` has ended.
    pub(super) fn go_to(&mut self, position: i64, number: i64) {
        (self.position, self.number) = (position, number);
    }

    /// Whether all of them were read.
    pub(super) fn are_done(&self) -> bool {
        self.position >= self.size
    }

    /// The next line; `None` at the end of the file.
    pub(super) async fn next(&mut self, cx: &Cx, pool: &Pool) -> Result<Option<Line>, Fault> {
        if self.are_done() {
            return Ok(None);
        }
        let (mut bytes, mut ended) = (Vec::new(), false);
        while !ended && !self.are_done() {
            let rest = self.rest_of_part(cx, pool).await?;
            let end = rest.iter().position(|byte| *byte == b'\n');
            let (piece, read) = end.map_or((rest, rest.len()), |end| (&rest[..end], end + 1));
            // Of a line that is too long anyway, no more than shows it.
            bytes.extend_from_slice(&piece[..piece.len().min(LONGEST_BYTES + 1 - bytes.len())]);
            ended = end.is_some();
            self.position += i64::try_from(read).map_err(Fault::internal)?;
        }
        self.number += 1;
        let text = match String::from_utf8(bytes) {
            Ok(text) if text.chars().count() > LONGEST => Err("The line is longer than 16,000 characters."),
            Ok(text) if text.contains('\0') => Err("The line holds the character U+0000."),
            Ok(text) => Ok(text),
            Err(error) if error.as_bytes().len() > LONGEST_BYTES => {
                Err("The line is longer than 16,000 characters.")
            }
            Err(_) => Err("The line is not UTF-8."),
        };
        Ok(Some(Line { number: self.number, text }))
    }

    /// What is left of the part that the next byte is in.
    async fn rest_of_part(&mut self, cx: &Cx, pool: &Pool) -> Result<&[u8], Fault> {
        let size = i64::try_from(PART).map_err(Fault::internal)?;
        let (wanted, begin) = (self.position / size, self.position % size);
        let content = match self.part.take() {
            Some((number, content)) if number == wanted => content,
            _ => {
                let mut tx = cx.read().await?;
                let part =
                    import_parts::get(&mut tx, &self.pool_id, &self.job_id, &self.upload_id, wanted).await?;
                drop(tx);
                let part = part.ok_or_else(|| Fault::internal("a part of an uploaded file is missing"))?;
                pool.keys.open(&upload::place(&self.job_id, wanted), &part.content)?
            }
        };
        let (_, content) = self.part.insert((wanted, content));
        let rest = usize::try_from(begin).ok().and_then(|begin| content.get(begin..));
        rest.filter(|rest| !rest.is_empty())
            .ok_or_else(|| Fault::internal("a part of an uploaded file is too short"))
    }
}
