//! What an answer means, and whether and how long to wait before the same is asked again.

use std::time::Duration;

use super::Error;
use super::client::Call;

/// How often one call is made at most.
const TRIES: u32 = 4;

/// What GitHub asks to wait after a secondary limit that names no time.
const SECONDARY_WAIT: u64 = 60;

/// The first wait after a failure of the network or of GitHub; it doubles.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// What of an answer decides.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    /// The status code.
    pub(super) status: u16,
    /// Seconds to wait, where GitHub named them.
    pub(super) retry_after: Option<u64>,
    /// Requests left.
    pub(super) remaining: Option<u64>,
    /// When the limit starts anew, in seconds since 1970.
    pub(super) reset: Option<u64>,
    /// What GitHub said.
    pub(super) message: String,
}

/// What to do with an answer that is no success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// Wait, then ask the same again.
    Retry(Duration),
    /// Tell the caller.
    Fail(Error),
}

/// Decides about an answer that is no success. `tries` were made so far, `patience` is what may
/// still be waited, `now` is in seconds since 1970.
pub(super) fn decide(
    call: &Call<'_>,
    answer: &Answer,
    tries: u32,
    patience: Duration,
    now: u64,
) -> Decision {
    let tried = call.tried;
    let detail = || match answer.message.trim_end_matches('.') {
        "" => format!("status {}", answer.status),
        message => message.to_owned(),
    };
    if let Some(wait) = limited(answer, now) {
        let wait_for = Duration::from_secs(wait);
        return match tries < TRIES && wait_for <= patience {
            true => Decision::Retry(wait_for),
            false => Decision::Fail(Error::RateLimited { tried, wait }),
        };
    }
    let needs = call.needs;
    Decision::Fail(match answer.status {
        401 => Error::Unauthorized { tried },
        403 => Error::Forbidden { tried, needs },
        404 | 410 => Error::NotFound { tried },
        409 | 412 | 422 => Error::Conflict {
            tried,
            detail: detail(),
        },
        408 | 500.. => return broken(call, detail(), tries, patience),
        _ => Error::Unexpected {
            tried,
            detail: detail(),
        },
    })
}

/// Decides where there was no answer at all, or one of a server that failed: what only reads, or
/// can be done twice, is tried again; the rest is the caller's to settle.
pub(super) fn broken(call: &Call<'_>, detail: String, tries: u32, patience: Duration) -> Decision {
    let wait = FIRST_WAIT * 2_u32.pow(tries.saturating_sub(1).min(8));
    if call.may_repeat() && tries < TRIES && wait <= patience {
        return Decision::Retry(wait);
    }
    Decision::Fail(Error::Transient {
        tried: call.tried,
        detail,
    })
}

/// Seconds to wait where the answer is about a limit. A plain 403 is about rights.
fn limited(answer: &Answer, now: u64) -> Option<u64> {
    let message = answer.message.to_ascii_lowercase();
    let speaks_of_limit = message.contains("rate limit") || message.contains("abuse detection");
    let about_limit = answer.status == 429
        || answer.status == 403
            && (speaks_of_limit || answer.retry_after.is_some() || answer.remaining == Some(0));
    about_limit.then(
        || match (answer.retry_after, answer.remaining, answer.reset) {
            (Some(wait), _, _) => wait,
            (None, Some(0), Some(reset)) => reset.saturating_sub(now) + 1,
            _ => SECONDARY_WAIT,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(90);

    fn decision(write: bool, answer: &Answer, tries: u32, patience: Duration) -> Decision {
        let call = match write {
            true => Call::post("/a", "say so", "a: write", serde_json::Value::Null),
            false => Call::get("/a", "look", "a: read"),
        };
        decide(&call, answer, tries, patience, 1_000)
    }

    fn answer(status: u16) -> Answer {
        Answer {
            status,
            ..Answer::default()
        }
    }

    #[test]
    fn a_limit_is_waited_for_as_long_as_patience_lasts() {
        let named = Answer {
            retry_after: Some(3),
            ..answer(429)
        };
        assert_eq!(
            decision(true, &named, 1, LONG),
            Decision::Retry(Duration::from_secs(3))
        );
        assert_eq!(
            decision(true, &answer(429), 1, LONG),
            Decision::Retry(Duration::from_secs(60))
        );
        let used_up = Answer {
            remaining: Some(0),
            reset: Some(1_600),
            ..answer(403)
        };
        let error = Error::RateLimited {
            tried: "say so",
            wait: 601,
        };
        assert_eq!(decision(true, &used_up, 1, LONG), Decision::Fail(error));
        assert!(matches!(
            decision(true, &named, TRIES, LONG),
            Decision::Fail(Error::RateLimited { .. })
        ));
    }

    #[test]
    fn a_secondary_limit_is_no_matter_of_rights() {
        let secondary = Answer {
            message: "You have exceeded a secondary rate limit.".to_owned(),
            ..answer(403)
        };
        assert!(matches!(
            decision(false, &secondary, 1, LONG),
            Decision::Retry(_)
        ));
        let rights = Answer {
            message: "Resource not accessible by integration".to_owned(),
            remaining: Some(4_000),
            ..answer(403)
        };
        assert!(matches!(
            decision(false, &rights, 1, LONG),
            Decision::Fail(Error::Forbidden {
                needs: "a: read",
                ..
            })
        ));
    }

    #[test]
    fn only_what_can_be_done_twice_is_tried_again() {
        assert!(matches!(
            decision(false, &answer(502), 1, LONG),
            Decision::Retry(_)
        ));
        for (write, tries, patience) in [
            (true, 1, LONG),
            (false, TRIES, LONG),
            (false, 1, Duration::ZERO),
        ] {
            assert!(matches!(
                decision(write, &answer(502), tries, patience),
                Decision::Fail(Error::Transient { .. })
            ));
        }
    }
}
