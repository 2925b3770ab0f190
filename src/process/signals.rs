use std::io;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Signals that would end this process: they are kept, so that a ship can be put in order first.
pub struct Signals(Receiver<i32>);

impl Signals {
    /// From now on they are kept.
    ///
    /// # Errors
    /// The system refuses.
    #[cfg(unix)]
    pub fn new() -> io::Result<Self> {
        use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};
        let (sender, receiver) = channel();
        let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP, SIGCHLD])?;
        std::thread::spawn(move || {
            for signal in signals.forever() {
                if sender.send(signal).is_err() {
                    break;
                }
            }
        });
        Ok(Self(receiver))
    }

    /// Nothing is kept on a system without them.
    ///
    /// # Errors
    /// None.
    #[cfg(not(unix))]
    pub fn new() -> io::Result<Self> {
        let (sender, receiver) = channel();
        std::mem::forget(sender);
        Ok(Self(receiver))
    }

    /// Waits; the signal that ended the wait, if one did.
    pub fn wait(&self, time: Duration) -> Option<i32> {
        let end = std::time::Instant::now() + time;
        loop {
            let left = end.saturating_duration_since(std::time::Instant::now());
            match self.next(left) {
                Some(signal) if is_end(signal) => return Some(signal),
                Some(_) => {}
                None => return None,
            }
        }
    }

    /// The next signal, of whatever kind; none where the time is over.
    pub(super) fn next(&self, time: Duration) -> Option<i32> {
        self.0.recv_timeout(time).ok()
    }
}

/// Whether a signal asks this process to end.
#[cfg(unix)]
pub(super) fn is_end(signal: i32) -> bool {
    signal != signal_hook::consts::SIGCHLD
}

#[cfg(not(unix))]
pub(super) fn is_end(_: i32) -> bool {
    true
}
