//! A thread with a runtime of its own, which does what must be awaited for callers that must not await.
//!
//! Goes in: futures. Comes out: their results; the caller is blocked meanwhile, as it is while a disk syncs. The caller's
//! runtime may have a paused clock, which stands still then; this one's never does.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::mpsc;
use std::thread;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The thread; it ends when its last handle is gone.
#[derive(Clone, Debug)]
pub(super) struct Worker {
    jobs: UnboundedSender<Job>,
}

impl Worker {
    /// Starts the thread.
    pub(super) fn start() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (jobs, mut ordered) = unbounded_channel::<Job>();
        thread::Builder::new()
            .name("bucket".to_owned())
            .spawn(move || {
                runtime.block_on(async move {
                    while let Some(job) = ordered.recv().await {
                        job.await;
                    }
                });
            })?;
        Ok(Self { jobs })
    }

    /// Blocks until the future is done.
    ///
    /// # Errors
    /// When the thread is gone.
    pub(super) fn wait_for<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> io::Result<T> {
        let gone = || io::Error::other("the thread that asks the bucket has ended");
        let (answer, answered) = mpsc::sync_channel(1);
        let job = Box::pin(async move {
            // Whoever asked may have gone.
            let _ = answer.send(future.await);
        });
        self.jobs.send(job).map_err(|_| gone())?;
        answered.recv().map_err(|_| gone())
    }
}
