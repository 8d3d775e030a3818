//! IAM authentication tokens: passwords for PostgreSQL on RDS, signed here, without a request to AWS.

use super::client::Client;
use super::error::Error;
use aws_sdk_rds::auth_token::{AuthTokenGenerator, Config};
use aws_sdk_rds::config::SharedCredentialsProvider;
use aws_types::SdkConfig;
use aws_types::sdk_config::TimeSource;
use std::time::SystemTime;

/// This machine's clock, which AWS compares with its own.
#[derive(Debug)]
struct Clock;

impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

impl Client {
    /// A token for a user of an endpoint, good for 15 minutes.
    ///
    /// # Errors
    /// Credentials that cannot be loaded, or an endpoint that is no host; in words.
    pub async fn database_token(
        &self,
        host: &str,
        port: u16,
        user: &str,
    ) -> Result<String, String> {
        // The generator puts both into a URL as they stand, and a URL that is none ends the program.
        let is_host = |letter: char| letter.is_ascii_alphanumeric() || "-._:[]".contains(letter);
        if host.is_empty() || !host.chars().all(is_host) {
            return Err(format!("`{host}` is no host"));
        }
        let user: String = form_urlencoded::byte_serialize(user.as_bytes()).collect();
        let keys = self
            .keys()
            .await
            .map_err(|error: Error| error.to_string())?;
        let config = Config::builder()
            .hostname(host)
            .port(u64::from(port))
            .username(user.replace('+', "%20"))
            .region(aws_types::region::Region::new(
                self.region().as_str().to_owned(),
            ))
            .credentials(SharedCredentialsProvider::new(keys))
            .build()
            .map_err(|error| error.to_string())?;
        let surroundings = SdkConfig::builder().time_source(Clock).build();
        AuthTokenGenerator::new(config)
            .auth_token(&surroundings)
            .await
            .map(|token| token.as_str().to_owned())
            .map_err(|error| error.to_string())
    }
}
