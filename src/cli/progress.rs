use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Changes of fewer files are done before a bar could be read.
const WORTH_SHOWING: usize = 200;

/// A bar on standard error while a large change is read; on a terminal only.
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new() -> Self {
        Self(ProgressBar::with_draw_target(
            None,
            ProgressDrawTarget::hidden(),
        ))
    }

    /// Shows how many files are done, of how many.
    pub(super) fn hear(&self, done: usize, files: usize) {
        if files < WORTH_SHOWING {
            return;
        }
        if self.0.length() != Some(files as u64) {
            self.0.set_length(files as u64);
            if let Ok(style) =
                ProgressStyle::with_template("{spinner} {pos} of {len} files {wide_bar}")
            {
                self.0.set_style(style);
            }
            // It draws nothing where standard error is no terminal.
            self.0.set_draw_target(ProgressDrawTarget::stderr());
            self.0.enable_steady_tick(Duration::from_millis(100));
        }
        self.0.set_position(done as u64);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
