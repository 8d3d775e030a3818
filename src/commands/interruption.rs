//! An interruption from outside: Ctrl-C, or the signal by which a service manager or a CI job ends a process.
//!
//! Goes in: nothing. Comes out: a moment to wait for.

/// What interrupts this process.
#[derive(Debug)]
pub struct Interruption {
    #[cfg(unix)]
    terminate: Option<tokio::signal::unix::Signal>,
}

impl Interruption {
    /// Watches for it from now on; until then the system's default applies, which ends the process.
    #[must_use]
    pub fn watched() -> Self {
        Self {
            // Where the system does not let it be watched, it keeps its default.
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
                .ok(),
        }
    }

    /// Waits for the next one. May be dropped while it waits.
    pub async fn next(&mut self) {
        tokio::select! {
            Ok(()) = tokio::signal::ctrl_c() => {}
            () = self.terminated() => {}
            else => std::future::pending().await,
        }
    }

    #[cfg(unix)]
    async fn terminated(&mut self) {
        match &mut self.terminate {
            Some(terminate) => {
                terminate.recv().await;
            }
            None => std::future::pending().await,
        }
    }

    #[cfg(not(unix))]
    async fn terminated(&mut self) {
        std::future::pending().await
    }
}
