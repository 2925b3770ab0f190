use clap::ValueEnum;

/// How a command writes what it found, where there are no more ways than these two.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(super) enum Format {
    /// Words for a person
    #[default]
    Text,
    /// JSON
    Json,
}
