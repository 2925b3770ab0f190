use std::process::ExitCode;

use crate::app::Kind;
use crate::review::record::Verdict;

/// How a command ends: the one table of exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It ships, perhaps with advice; or the command did what it was asked.
    Done = 0,
    /// Held by the policy; or a ledger that does not hold.
    Held = 1,
    /// The command line is not right.
    Usage = 2,
    /// Waiting for others, or frozen.
    Waiting = 3,
    /// A configuration is not valid.
    Configuration = 4,
    /// GitHub, git or the network failed.
    Outside = 5,
    /// The deploy command failed.
    Deploy = 6,
    /// A bug in afterclick.
    Bug = 70,
}

/// The table, as `--help` shows it.
pub(super) const HELP: &str = "\
Exit codes:
   0  ships, or advised
   1  held by the policy, or the ledger does not hold
   2  the command line is not right
   3  waiting or frozen
   4  a configuration is not valid
   5  GitHub, git or the network failed
   6  the deploy command failed
  70  a bug in afterclick";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Ships | Verdict::Advised => Self::Done,
            Verdict::Held => Self::Held,
        }
    }
}

impl From<Kind> for Exit {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Refused => Self::Held,
            Kind::Usage => Self::Usage,
            Kind::Configuration => Self::Configuration,
            Kind::Outside => Self::Outside,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_code() {
        let codes = [
            Exit::Done,
            Exit::Held,
            Exit::Usage,
            Exit::Waiting,
            Exit::Configuration,
            Exit::Outside,
            Exit::Deploy,
            Exit::Bug,
        ];
        let listed: Vec<u8> = HELP
            .lines()
            .filter_map(|line| line.split_whitespace().next()?.parse().ok())
            .collect();
        assert_eq!(listed, codes.map(|code| code as u8));
    }
}
