/// Hears how far a long command is: files done, of how many. May be called from any thread.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);
