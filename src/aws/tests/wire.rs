//! A wire that answers with canned replies and remembers what it was asked.

use crate::aws::client::{Client, Connection, Settings};
use crate::names::Region;
use aws_sdk_rds::config::RuntimeComponents;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The form fields of one request.
pub(super) type Form = BTreeMap<String, String>;

/// A canned reply: HTTP status and body.
pub(super) type Reply = (u16, String);

type Answer = dyn Fn(&Form, usize) -> Reply + Send + Sync;

/// Answers each request by a function of its fields and of how many came before it.
#[derive(Clone)]
pub(super) struct Wire {
    answer: Arc<Answer>,
    requests: Arc<Mutex<Vec<Form>>>,
    /// How long an answer takes.
    delay: Duration,
    /// Requests under way now, and the most there ever were.
    under_way: Arc<Mutex<(usize, usize)>>,
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Wire")
    }
}

impl Wire {
    pub(super) fn new(answer: impl Fn(&Form, usize) -> Reply + Send + Sync + 'static) -> Self {
        Self {
            answer: Arc::new(answer),
            requests: Arc::new(Mutex::new(Vec::new())),
            delay: Duration::ZERO,
            under_way: Arc::default(),
        }
    }

    /// The same wire with slower answers.
    pub(super) fn slow(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// The most requests that were ever under way at once.
    pub(super) fn under_way_max(&self) -> usize {
        self.under_way.lock().unwrap().1
    }

    /// A client that talks to this wire.
    pub(super) async fn client(&self) -> Client {
        Client::connect(&Settings {
            region: Region::new("us-east-1"),
            profile: None,
            connection: Connection::InProcess {
                http_client: SharedHttpClient::new(self.clone()),
                access_key_id: "AKIATEST".to_owned(),
                secret_access_key: "secret".to_owned(),
                world: "canned".to_owned(),
            },
        })
        .await
        .unwrap()
    }

    /// Every request so far as sorted `Field=value` lines, Version left out.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests
            .lock()
            .unwrap()
            .iter()
            .map(|form| {
                form.iter()
                    .filter(|(field, _)| *field != "Version")
                    .map(|(field, value)| format!("{field}={value}"))
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect()
    }
}

impl HttpClient for Wire {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let form: Form = form_urlencoded::parse(request.body().bytes().unwrap())
            .into_owned()
            .collect();
        let before = {
            let mut requests = self.requests.lock().unwrap();
            requests.push(form.clone());
            requests.len() - 1
        };
        let (status, body) = (self.answer)(&form, before);
        let request_id = body
            .split_once("<RequestId>")
            .and_then(|(_, rest)| rest.split_once("</RequestId>"))
            .map(|(request_id, _)| request_id.to_owned());
        let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
        response
            .headers_mut()
            .insert("date", "Fri, 15 May 2026 06:05:00 GMT");
        // AWS names the request in the body, and in this header, where the SDK looks for it.
        if let Some(request_id) = request_id {
            response
                .headers_mut()
                .insert("x-amzn-requestid", request_id);
        }
        if self.delay.is_zero() {
            return HttpConnectorFuture::ready(Ok(response));
        }
        let Self {
            delay, under_way, ..
        } = self.clone();
        HttpConnectorFuture::new(async move {
            {
                let mut under_way = under_way.lock().unwrap();
                under_way.0 += 1;
                under_way.1 = under_way.1.max(under_way.0);
            }
            tokio::time::sleep(delay).await;
            under_way.lock().unwrap().0 -= 1;
            Ok(response)
        })
    }
}

/// A success: the result's inner XML in AWS's envelope.
pub(super) fn success(action: &str, inner: &str) -> Reply {
    (
        200,
        format!(
            "<{action}Response xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\">\
             <{action}Result>{inner}</{action}Result>\
             <ResponseMetadata><RequestId>request-1</RequestId></ResponseMetadata>\
             </{action}Response>"
        ),
    )
}

/// A refusal in AWS's envelope.
pub(super) fn refusal(status: u16, code: &str, message: &str) -> Reply {
    (
        status,
        format!(
            "<ErrorResponse xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\">\
             <Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
             <RequestId>request-2</RequestId></ErrorResponse>"
        ),
    )
}

/// A cluster with a writer `NAME-1` and a reader `NAME-2`.
pub(super) fn cluster(name: &str) -> String {
    format!(
        "<DBCluster><DBClusterIdentifier>{name}</DBClusterIdentifier><Status>available</Status>\
         <DbClusterResourceId>cluster-{name}</DbClusterResourceId>\
         <DBClusterArn>arn:aws:rds:us-east-1:111111111111:cluster:{name}</DBClusterArn>\
         <Engine>aurora-postgresql</Engine><EngineVersion>16.6</EngineVersion>\
         <DBClusterParameterGroup>default.aurora-postgresql16</DBClusterParameterGroup>\
         <DBClusterMembers>\
         <DBClusterMember><DBInstanceIdentifier>{name}-1</DBInstanceIdentifier><IsClusterWriter>true</IsClusterWriter>\
         <DBClusterParameterGroupStatus>in-sync</DBClusterParameterGroupStatus><PromotionTier>1</PromotionTier></DBClusterMember>\
         <DBClusterMember><DBInstanceIdentifier>{name}-2</DBInstanceIdentifier><IsClusterWriter>false</IsClusterWriter>\
         <DBClusterParameterGroupStatus>pending-reboot</DBClusterParameterGroupStatus><PromotionTier>2</PromotionTier></DBClusterMember>\
         </DBClusterMembers>\
         <DatabaseInsightsMode>standard</DatabaseInsightsMode><PerformanceInsightsEnabled>true</PerformanceInsightsEnabled>\
         <PerformanceInsightsRetentionPeriod>7</PerformanceInsightsRetentionPeriod>\
         <TagList><Tag><Key>team</Key><Value>orders</Value></Tag></TagList></DBCluster>"
    )
}

/// An instance of a cluster, with a class change in its queue.
pub(super) fn instance(name: &str, cluster: &str) -> String {
    format!(
        "<DBInstance><DBInstanceIdentifier>{name}</DBInstanceIdentifier>\
         <DBClusterIdentifier>{cluster}</DBClusterIdentifier><DbiResourceId>db-{name}</DbiResourceId>\
         <DBInstanceStatus>available</DBInstanceStatus><DBInstanceClass>db.t3.medium</DBInstanceClass>\
         <EngineVersion>16.6</EngineVersion><AutoMinorVersionUpgrade>true</AutoMinorVersionUpgrade>\
         <PendingModifiedValues><DBInstanceClass>db.r7g.large</DBInstanceClass></PendingModifiedValues>\
         <DBParameterGroups><DBParameterGroup><DBParameterGroupName>default.aurora-postgresql16</DBParameterGroupName>\
         <ParameterApplyStatus>in-sync</ParameterApplyStatus></DBParameterGroup></DBParameterGroups></DBInstance>"
    )
}

/// A parameter of source `user`.
pub(super) fn parameter(name: &str, value: &str) -> String {
    format!(
        "<Parameter><ParameterName>{name}</ParameterName><ParameterValue>{value}</ParameterValue>\
         <Source>user</Source><ApplyType>dynamic</ApplyType><DataType>integer</DataType>\
         <AllowedValues>0-10</AllowedValues><IsModifiable>true</IsModifiable></Parameter>"
    )
}
