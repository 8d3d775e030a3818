//! Whose credentials are used, and until when.
//!
//! The standard chain loads them; this keeps what it loaded, so that RDS and STS share one load (one sign-on, one
//! `credential_process`), and so that their expiry can be told.

use crate::names::ProfileName;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials as LoadedLater;
use aws_sdk_rds::config::{Credentials as Keys, ProvideCredentials, SharedCredentialsProvider};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::Mutex;

/// Credentials nearer to their end than this are loaded again. More than the SDK's own margin (10 s and jitter), so
/// that it is never handed the ones that it has just found too old.
const MARGIN: Duration = Duration::from_secs(60);
/// Credentials that name no expiry are loaded again after this time, as the SDK does.
const AGE_MAX: Duration = Duration::from_secs(15 * 60);

/// The declared profile, where the environment names neither a profile nor an access key.
pub(super) fn profile_to_use(
    declared: Option<&ProfileName>,
    variable: impl Fn(&str) -> Option<String>,
) -> Option<&ProfileName> {
    let named = ["AWS_PROFILE", "AWS_ACCESS_KEY_ID"]
        .into_iter()
        .any(|name| variable(name).is_some());
    declared.filter(|_| !named)
}

/// The credentials of one client.
#[derive(Clone, Debug)]
pub(super) struct Credentials {
    chain: Option<SharedCredentialsProvider>,
    loaded: Arc<Mutex<Option<(Keys, Instant)>>>,
}

impl Credentials {
    pub(super) fn new(chain: Option<SharedCredentialsProvider>) -> Self {
        Self {
            chain,
            loaded: Arc::new(Mutex::new(None)),
        }
    }

    /// When the credentials in use expire; `None` when they do not. Loads them where that has not happened yet.
    pub(super) async fn expiry(&self) -> Result<Option<Timestamp>, CredentialsError> {
        let expiry = self.load().await?.expiry();
        Ok(expiry.and_then(|expiry| Timestamp::try_from(expiry).ok()))
    }

    /// Loads them again, however long those in use would still do.
    pub(super) async fn refresh(&self) -> Result<(), CredentialsError> {
        let mut loaded = self.loaded.lock().await;
        let keys = self.load_anew().await?;
        *loaded = Some((keys, Instant::now()));
        Ok(())
    }

    async fn load_anew(&self) -> Result<Keys, CredentialsError> {
        self.chain
            .as_ref()
            .ok_or_else(|| CredentialsError::not_loaded("no credentials are configured"))?
            .provide_credentials()
            .await
    }

    /// The credentials in use, loaded where they are not or are too near to their end.
    pub(super) async fn load(&self) -> Result<Keys, CredentialsError> {
        // Held while loading: whoever asks meanwhile takes the same result.
        let mut loaded = self.loaded.lock().await;
        if let Some((keys, since)) = loaded.as_ref() {
            let fresh = match keys.expiry() {
                Some(expiry) => expiry > SystemTime::now() + MARGIN,
                None => since.elapsed() < AGE_MAX,
            };
            if fresh {
                return Ok(keys.clone());
            }
        }
        let keys = self.load_anew().await?;
        *loaded = Some((keys.clone(), Instant::now()));
        Ok(keys)
    }
}

impl ProvideCredentials for Credentials {
    fn provide_credentials<'a>(&'a self) -> LoadedLater<'a>
    where
        Self: 'a,
    {
        LoadedLater::new(self.load())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[derive(Debug, Default)]
    struct Counted {
        loads: Arc<AtomicU32>,
        expiry: Option<SystemTime>,
    }

    impl ProvideCredentials for Counted {
        fn provide_credentials<'a>(&'a self) -> LoadedLater<'a>
        where
            Self: 'a,
        {
            self.loads.fetch_add(1, Ordering::Relaxed);
            LoadedLater::ready(Ok(Keys::new("AKIA", "secret", None, self.expiry, "test")))
        }
    }

    #[test]
    fn a_declared_profile_yields_to_a_profile_or_a_key_in_the_environment() {
        let declared = ProfileName::new("Admin-Alpha1");
        let with = |set: &'static str| {
            profile_to_use(Some(&declared), move |name| {
                (name == set).then(|| "x".to_owned())
            })
        };
        assert_eq!(with("HOME"), Some(&declared));
        assert_eq!(with("AWS_PROFILE"), None);
        assert_eq!(with("AWS_ACCESS_KEY_ID"), None);
    }

    #[tokio::test]
    async fn two_services_share_one_load() {
        let loads = Arc::new(AtomicU32::new(0));
        let credentials = Credentials::new(Some(SharedCredentialsProvider::new(Counted {
            loads: loads.clone(),
            expiry: None,
        })));
        let (left, right) = tokio::join!(
            credentials.provide_credentials(),
            credentials.provide_credentials()
        );
        assert_eq!(left.unwrap().access_key_id(), "AKIA");
        assert_eq!(right.unwrap().access_key_id(), "AKIA");
        assert_eq!(loads.load(Ordering::Relaxed), 1);
        assert_eq!(credentials.expiry().await.unwrap(), None);
    }

    #[tokio::test]
    async fn credentials_about_to_expire_are_loaded_again() {
        let loads = Arc::new(AtomicU32::new(0));
        let credentials = Credentials::new(Some(SharedCredentialsProvider::new(Counted {
            loads: loads.clone(),
            expiry: Some(SystemTime::now() + Duration::from_secs(30)),
        })));
        assert!(credentials.expiry().await.unwrap().is_some());
        assert!(credentials.expiry().await.unwrap().is_some());
        assert_eq!(loads.load(Ordering::Relaxed), 2);
    }
}
