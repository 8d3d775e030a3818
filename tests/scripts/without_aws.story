# No credentials anywhere.
$ auroractl plan dev
error: GetCallerIdentity us-east-1: no usable credentials
  because: the credential provider was not enabled
  because: no credentials found in chain. Attempted:
  Environment: the credential provider was not enabled: environment variable not set
  Profile: the credential provider was not enabled
  WebIdentityToken: the credential provider was not enabled: $AWS_WEB_IDENTITY_TOKEN_FILE was not set
  EcsContainer: the credential provider was not enabled: ECS provider not configured
  Ec2InstanceMetadata: the credential provider was not enabled: IMDS disabled by AWS_EC2_METADATA_DISABLED env var set to `true`

hint: `aws configure list --profile Alpha002-Admin` shows what the AWS tools find, `aws sso login --profile Alpha002-Admin` signs on
hint: without an AWS account, `--simulate` runs the command on a simulated one
[exit 1]

# An endpoint that nobody listens on.
$ AWS_ENDPOINT_URL=http://127.0.0.1:9 AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any auroractl plan dev
error: GetCallerIdentity us-east-1: no connection to http://127.0.0.1:9
  because: client error (Connect)
  because: tcp connect error
  because: Connection refused (os error 111)

hint: http://127.0.0.1:9 is named by AWS_ENDPOINT_URL (or _RDS, _STS, or the profile's endpoint_url); start what listens there, or unset it to reach AWS
[exit 1]
