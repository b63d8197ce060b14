package detectors

import (
	"slices"
	"strings"
	"testing"
)

// inContext are pieces of files that hold secrets which nothing but their
// surroundings tell from digests and others' secrets, in the marks of the corpus, ⏎
// for the end of a line and ⇥ for a tab. Each mark for a credential has to be found,
// and nothing else may be: those without one are look-alikes.
var inContext = []inContextCase{
	// A value has the name on its own line, and no other.
	{"dotenv", `R2_ACCESS_KEY_ID=⟦id⟧⏎R2_SECRET_ACCESS_KEY=⟦r2-key⟧⏎`},
	{"dotenv, then others' secrets", `R2_SECRET_ACCESS_KEY=⟦r2-key⟧⏎NEXTAUTH_SECRET=⟦digest⟧⏎ENCRYPTION_KEY=⟦digest 2⟧⏎`},
	{"dotenv, empty", `R2_ACCESS_KEY_ID=⟦id⟧⏎R2_SECRET_ACCESS_KEY=⏎JWT_SECRET=⟦digest⟧⏎`},
	{"dotenv, empty, CRLF", "R2_ACCESS_KEY_ID=⟦id⟧\r\nR2_SECRET_ACCESS_KEY=\r\nJWT_SECRET=⟦digest⟧\r\n"},
	{"dotenv, empty quotes", `R2_SECRET_ACCESS_KEY=''⏎JWT_SECRET='⟦digest⟧'⏎`},
	{"dotenv, a reference", `R2_SECRET_ACCESS_KEY=${R2_SECRET}⏎SESSION_SECRET=⟦digest⟧⏎`},
	{"dotenv, a variable", `R2_SECRET_ACCESS_KEY=$R2_SECRET⏎APP_KEY=⟦digest⟧⏎`},
	{"dotenv, masked", `R2_SECRET_ACCESS_KEY=***⏎JWT_SECRET=⟦digest⟧⏎`},
	{"dotenv, crossed out", `R2_SECRET_ACCESS_KEY=xxx⏎DATABASE_SECRET=⟦digest⟧⏎`},
	{"dotenv, empty, a digest", `R2_SECRET_ACCESS_KEY=⏎RELEASE_SHA256=⟦digest⟧⏎`},
	{"dotenv, empty, data", `R2_SECRET_ACCESS_KEY=⏎DATA=⟦digest⟧⏎`},
	{"dotenv, empty, Rails", `R2_ACCESS_KEY_ID=⟦id⟧⏎R2_SECRET_ACCESS_KEY=⏎SECRET_KEY_BASE=⟦digest⟧⏎`},
	{"dotenv, Rails beside an id", `R2_ENDPOINT=https://⟦id 2⟧.r2.cloudflarestorage.com⏎R2_ACCESS_KEY_ID=⟦id⟧⏎SECRET_KEY_BASE=⟦digest⟧⏎`},
	{"dotenv in a literal", `"R2_SECRET_ACCESS_KEY=\nJWT_SECRET=⟦digest⟧\n"`},
	{"dotenv in a literal, named", `"R2_ENDPOINT=\nR2_SECRET_ACCESS_KEY=⟦r2-key⟧\n"`},
	{"environment of a process", "R2_SECRET_ACCESS_KEY=\x00JWT_SECRET=⟦digest⟧\x00"},
	{"a digest of a key", `R2_SECRET_ACCESS_KEY_SHA256=⟦digest⟧⏎`},
	{"a key of an environment", `R2_SECRET_ACCESS_KEY_PRODUCTION=⟦r2-key⟧⏎`},
	{"shell, empty", `docker run -e R2_SECRET_ACCESS_KEY= -e JWT_SECRET=⟦digest⟧ app⏎`},
	{"options, empty", `app --r2-secret "" --jwt-secret ⟦digest⟧⏎`},
	{"JSON, empty", `{"r2SecretAccessKey":"","jwtSecret":"⟦digest⟧"}`},
	{"JSON, then a digest", `{"r2": {"accessKeyId": "⟦id⟧", "secretAccessKey": "⟦r2-key⟧"}, "release": {"sha256": "⟦digest⟧"}}`},
	{"JSON, names and values", `{"name":"R2_SECRET_ACCESS_KEY","value":"⟦r2-key⟧"}`},
	{"JSON, names and values, empty", `{"name":"R2_SECRET_ACCESS_KEY","value":""},{"name":"JWT_SECRET","value":"⟦digest⟧"}`},
	{"JSON, escaped", `{\"R2_SECRET_ACCESS_KEY\":\"\",\"JWT_SECRET\":\"⟦digest⟧\"}`},
	{"YAML, the value below", `R2_SECRET_ACCESS_KEY: >-⏎  ⟦r2-key⟧⏎`},
	{"YAML, names and values", `- name: R2_SECRET_ACCESS_KEY⏎  value: ⟦r2-key⟧⏎`},
	{"YAML, names and values, empty", `- name: R2_SECRET_ACCESS_KEY⏎  value: ""⏎- name: JWT_SECRET⏎  value: ⟦digest⟧⏎`},
	{"XML", `<key>R2_SECRET_ACCESS_KEY</key>⏎<string>⟦r2-key⟧</string>⏎`},
	{"XML, empty", `<r2SecretAccessKey></r2SecretAccessKey>⏎<jwtSecret>⟦digest⟧</jwtSecret>⏎`},
	{"HTML", `<td>R2 secret access key</td>⏎<td>⟦r2-key⟧</td>⏎`},
	{"Rust", `let r2_secret: &str = "⟦r2-key⟧";⏎`},
	{"a Worker's binding", `{"name":"R2_SECRET_ACCESS_KEY","type":"secret_text","text":"⟦r2-key⟧"}`},
	{"Terraform variable", `variable "r2_secret" {⏎  type = string⏎  default = "⟦r2-key⟧"⏎}⏎`},
	{"Terraform variable, described", `variable "r2_secret_access_key" {⏎  description = "the secret of the key"⏎  type        = string⏎  sensitive   = true⏎  default     = "⟦r2-key⟧"⏎}⏎`},
	{"Terraform variable, the next", `variable "r2_secret_access_key" {⏎  type = string⏎}⏎variable "jwt_secret" {⏎  default = "⟦digest⟧"⏎}⏎`},
	{"JSON, a block", `"R2_SECRET_ACCESS_KEY": {⏎  "description": "for uploads",⏎  "value": "⟦r2-key⟧"⏎}⏎`},
	{"prose", `the R2 secret access key for backups: ⟦r2-key⟧⏎`},
	{"prose, something else", `R2_SECRET_ACCESS_KEY is set, digest: ⟦digest⟧⏎`},
	{"shell, passed on", `docker run -e R2_SECRET_ACCESS_KEY -e JWT_SECRET=⟦digest⟧ app⏎`},
	{"shell, a default", `R2_SECRET_ACCESS_KEY=${R2_SECRET_ACCESS_KEY:-⟦r2-key⟧}⏎`},
	{"other names of R2's", `R2_ACCESS_SECRET=⟦r2-key⟧⏎CF_R2_KEY_SECRET=⟦r2-key 2⟧⏎`},
	{"SQL", `VALUES ('r2_secret_access_key','⟦r2-key⟧'),('jwt_secret','⟦digest⟧');⏎`},
	{"SQL, empty", `VALUES ('r2_secret_access_key',''),('jwt_secret','⟦digest⟧');⏎`},
	{"PHP, serialized", `s:20:"r2_secret_access_key";s:64:"⟦r2-key⟧";`},
	{"code, a default", `os.getenv("R2_SECRET_ACCESS_KEY", "⟦r2-key⟧")⏎`},
	{"code, a conversion", `const R2_SECRET: String = String::from("⟦r2-key⟧");⏎`},
	{"a query, percent", `r2_secret_access_key%3D⟦r2-key⟧%26x`},
	{"the dashboard", `Access Key ID⏎⟦id⟧⏎Secret Access Key⏎⟦r2-key⟧⏎https://⟦id 2⟧.r2.cloudflarestorage.com⏎`},

	// Access: the name, or the client id beside it.
	{"Access", `CF_ACCESS_CLIENT_ID=⟦id⟧.access⏎CF_ACCESS_CLIENT_SECRET=⟦access-secret⟧⏎NEXTAUTH_SECRET=⟦digest⟧⏎`},
	{"Access, empty", `CF_ACCESS_CLIENT_ID=⟦id⟧.access⏎CF_ACCESS_CLIENT_SECRET=⏎SESSION_SECRET=⟦digest⟧⏎`},
	{"Access, a reference", `CF_ACCESS_CLIENT_SECRET=${CF_ACCESS_CLIENT_SECRET}⏎SESSION_SECRET=⟦digest⟧⏎`},
	{"Access, another's client", `CF_ACCESS_CLIENT_ID=⟦id⟧.access⏎CF_ACCESS_CLIENT_SECRET=$S⏎GOOGLE_CLIENT_SECRET=⟦digest⟧⏎`},
	{"Access, Rails", `CF_ACCESS_CLIENT_ID=⟦id⟧.access⏎SECRET_KEY_BASE=⟦digest⟧⏎`},
	{"Access, Flask", `CF_ACCESS_CLIENT_ID=⟦id⟧.access⏎SECRET_KEY=⟦digest⟧⏎`},
	{"Access, a client's names", `GRAFANA_CLIENT_ID=⟦id⟧.access⏎GRAFANA_CLIENT_SECRET=⟦access-secret⟧⏎`},
	{"Access, of cloudflared", `TUNNEL_SERVICE_TOKEN_SECRET=⟦access-secret⟧⏎`},
	{"Access, of Cloudflare", `CF_ACCESS_SECRET=⟦access-secret⟧⏎cloudflared access curl --service-token-secret ⟦access-secret 2⟧⏎`},
	{"another's access tokens", `JWT_ACCESS_SECRET=⟦digest⟧⏎JWT_REFRESH_SECRET=⟦digest 2⟧⏎`},
	{"another's service tokens", `SERVICE_TOKEN_SECRET=⟦digest⟧⏎`},
	{"Access, ssh", `ProxyCommand cloudflared access ssh --hostname %h --id ⟦id⟧.access --secret ⟦access-secret⟧⏎`},
	{"Access, Markdown", "| Client ID | `⟦id⟧.access` |\n| Client Secret | `⟦access-secret⟧` |\n"},
	{"Access, an audience", `{"client_id":"⟦id⟧.access","aud":"⟦digest⟧","id":"⟦uuid⟧"}`},
	{"Access, Prometheus", `CF-Access-Client-Secret:⏎  values: ['⟦access-secret⟧']⏎`},
	{"Access, Prometheus, secrets", `CF-Access-Client-Id: {values: [⟦id⟧.access]}⏎CF-Access-Client-Secret:⏎  secrets: ["⟦access-secret⟧"]⏎`},
	{"Access, Prometheus, a list", `CF-Access-Client-Secret:⏎  secrets:⏎    - ⟦access-secret⟧⏎`},
	{"Access, a pair", `SERVICE_TOKEN = ("⟦id⟧.access", "⟦access-secret⟧")⏎`},
	{"Access, a list", `- ⟦id⟧.access⏎- ⟦access-secret⟧⏎`},
	{"Access, a user and a password", `⟦id⟧.access:⟦access-secret⟧⏎`},
	{"Access, CSV", `name,client id,client secret⏎ci,⟦id⟧.access,⟦access-secret⟧⏎`},
	{"Access, an audience in a list", `["⟦id⟧.access", "aud", "⟦digest⟧"]`},
	{"Access, a digest below", `CF_ACCESS_CLIENT_ID=⟦id⟧.access⏎sha256 ⟦digest⟧⏎`},
	{"accessories", `⟦id⟧.accessories ⟦digest⟧⏎`},
	{"Access, Grafana", `jsonData:⏎  httpHeaderName1: CF-Access-Client-Id⏎  httpHeaderName2: CF-Access-Client-Secret⏎secureJsonData:⏎  httpHeaderValue1: ⟦id⟧.access⏎  httpHeaderValue2: ⟦access-secret⟧⏎`},
	{"Access, Grafana, another header", `httpHeaderName1: CF-Access-Client-Id⏎httpHeaderName2: X-Signature⏎httpHeaderValue1: ⟦id⟧.access⏎httpHeaderValue2: ⟦digest⟧⏎`},

	// R2: names that may be anything's go with an access key id.
	{"R2, php", `'r2' => ['key' => '⟦id⟧', 'secret' => '⟦r2-key⟧', 'endpoint' => 'https://⟦id 2⟧.r2.cloudflarestorage.com']`},
	{"R2, TOML", `access_key = "⟦id⟧"⏎secret_key = "⟦r2-key⟧"⏎url = "https://⟦id 2⟧.eu.r2.cloudflarestorage.com"⏎`},
	{"R2, s3cmd", `access_key = ⟦id⟧⏎bucket_location = auto⏎host_base = ⟦id 2⟧.r2.cloudflarestorage.com⏎secret_key = ⟦r2-key⟧⏎`},
	{"R2, ClickHouse", `SELECT * FROM s3('https://⟦id 2⟧.r2.cloudflarestorage.com/b/x.parquet', '⟦id⟧', '⟦r2-key⟧', 'Parquet')⏎`},
	{"R2, the secret first", `secret_key: ⟦r2-key⟧⏎access_key: ⟦id⟧⏎endpoint: https://⟦id 2⟧.r2.cloudflarestorage.com⏎`},
	{"R2, DuckDB", `CREATE SECRET (TYPE R2, KEY_ID '⟦id⟧', SECRET '⟦r2-key⟧', ACCOUNT_ID '⟦id 2⟧');⏎`},
	{"R2, pgBackRest", `repo1-s3-endpoint=⟦id 2⟧.r2.cloudflarestorage.com⏎repo1-s3-key=⟦id⟧⏎repo1-s3-key-secret=⟦r2-key⟧⏎`},
	{"R2, Cyberduck", `<string>⟦id 2⟧.r2.cloudflarestorage.com</string><key>Username</key><string>⟦id⟧</string><key>Password</key><string>⟦r2-key⟧</string>`},
	{"R2, XML", `<endpoint>https://⟦id 2⟧.r2.cloudflarestorage.com</endpoint><username>⟦id⟧</username><password>⟦r2-key⟧</password>`},
	{"R2, Flask", `FLASK_APP=x⏎SECRET_KEY=⟦digest⟧⏎R2_ENDPOINT=https://⟦id 2⟧.r2.cloudflarestorage.com⏎`},
	{"R2, Flask beside a pair", `SECRET_KEY=⟦digest⟧⏎R2_ENDPOINT=https://⟦id 2⟧.r2.cloudflarestorage.com⏎R2_ACCESS_KEY_ID=⟦id⟧⏎R2_SECRET_ACCESS_KEY=⟦r2-key⟧⏎`},
	{"R2, Flask before a pair", `SECRET_KEY=⟦digest⟧⏎R2_ACCESS_KEY_ID=⟦id⟧⏎R2_SECRET_ACCESS_KEY=⟦r2-key⟧⏎`},
	{"R2, Flask behind an id", `R2_ACCESS_KEY_ID=⟦id⟧⏎SECRET_KEY=⟦digest⟧⏎R2_BUCKET=x⏎`},
	{"R2, Flask behind an empty pair", `R2_ACCESS_KEY_ID=⟦id⟧⏎R2_SECRET_ACCESS_KEY=⏎SECRET_KEY=⟦digest⟧⏎`},
	{"R2, JWT behind an id", `# R2⏎R2_ACCESS_KEY_ID=⟦id⟧⏎JWT_SECRET=⟦digest⟧⏎`},
	{"R2, beside the account only", `CF_ACCOUNT_ID=⟦id⟧⏎SECRET=⟦digest⟧⏎R2_BUCKET=x⏎`},

	// R2: pairs without names.
	{"R2, Java", `.endpointOverride(URI.create("https://⟦id 2⟧.r2.cloudflarestorage.com"))⏎.credentialsProvider(AwsBasicCredentials.create("⟦id⟧", "⟦r2-key⟧"))⏎`},
	{"R2, C#", `new BasicAWSCredentials("⟦id⟧", "⟦r2-key⟧"), new AmazonS3Config { ServiceURL = "https://⟦id 2⟧.r2.cloudflarestorage.com" }`},
	{"R2, arguments on lines", `Minio(⏎  '⟦id 2⟧.r2.cloudflarestorage.com',⏎  '⟦id⟧',⏎  '⟦r2-key⟧',⏎)⏎`},
	{"R2, Rust", `Credentials::new(Some("⟦id⟧"), Some("⟦r2-key⟧"), None)?;⏎let region = Region::R2 { account_id: "⟦id 2⟧".to_string() };⏎`},
	{"R2, Ruby", `Aws::Credentials.new('⟦id⟧', '⟦r2-key⟧')⏎# https://⟦id 2⟧.r2.cloudflarestorage.com⏎`},
	{"R2, mc", `mc alias set r2 https://⟦id 2⟧.r2.cloudflarestorage.com ⟦id⟧ ⟦r2-key⟧ --api S3v4⏎`},
	{"R2, s3fs", `echo ⟦id⟧:⟦r2-key⟧ > /etc/passwd-s3fs⏎s3fs b /mnt -o url=https://⟦id 2⟧.r2.cloudflarestorage.com⏎`},
	{"R2, an address", `s3://⟦id⟧:⟦r2-key⟧@⟦id 2⟧.r2.cloudflarestorage.com/bucket⏎`},
	{"R2, an address of the EU", `S3_URL=https://⟦id⟧:⟦r2-key⟧@⟦id 2⟧.eu.r2.cloudflarestorage.com/b⏎`},
	{"R2, CSV", `account,access key id,secret access key,endpoint⏎main,⟦id⟧,⟦r2-key⟧,https://⟦id 2⟧.r2.cloudflarestorage.com⏎`},
	{"R2, CSV of several", `name,access key id,secret access key⏎a,⟦id⟧,⟦r2-key⟧,https://⟦id 3⟧.r2.cloudflarestorage.com⏎b,⟦id 2⟧,⟦r2-key 2⟧,https://⟦id 3⟧.r2.cloudflarestorage.com⏎`},
	{"another store's address", `s3://⟦id⟧:⟦digest⟧@s3.acme.io/bucket⏎`},
	{"another store's pair", `Minio('s3.acme.io', '⟦id⟧', '⟦digest⟧')⏎`},
	{"R2, an object", "Object etag `⟦id⟧` sha256 `⟦digest⟧` in https://⟦id 2⟧.r2.cloudflarestorage.com/releases\n"},
	{"R2, objects", `{"endpoint":"https://⟦id 2⟧.r2.cloudflarestorage.com","objects":[{"key":"a.tgz","etag":"⟦id⟧","sha256":"⟦digest⟧"},{"key":"b.tgz","checksum":"⟦digest 2⟧"}]}`},
	{"R2, a table of digests", `bucket: r2⏎file,md5,sha256⏎a.tgz,⟦id⟧,⟦digest⟧⏎`},
	{"R2, a row of digests", `⟦id⟧  ⟦digest⟧  r2/a.bin⏎`},
	{"R2, a cache's key", `cache-key: ⟦id⟧:⟦digest⟧ bucket r2⏎`},
	{"R2, rows of digests", `https://⟦id 9⟧.r2.cloudflarestorage.com/releases⏎a.tgz ⟦id⟧ ⟦digest⟧⏎b.tgz ⟦id 2⟧ ⟦digest 2⟧⏎`},
	{"R2, a signature", `Credential=⟦id⟧/20250101/auto/s3/aws4_request, Signature=⟦digest⟧⏎Host: ⟦id 2⟧.r2.cloudflarestorage.com⏎`},
	{"R2, made from a token", `{"token":"⟦account-token⟧","k":"⟦id⟧","x":"⟦r2-key account-token⟧"}`},
	{"R2, a digest beside a token", `{"token":"⟦account-token⟧","k":"⟦id⟧","x":"⟦digest⟧"}`},
	{"R2, the SHA-256 of nothing", `R2_SECRET_ACCESS_KEY=e3b0c44298fc1c149afbf4c8996fb924⟦⟧27ae41e4649b934ca495991b7852b855⏎`},
	{"R2, the SHA-256 of a word", `R2_SECRET_ACCESS_KEY=9f86d081884c7d659a2feaa0c55ad015⟦⟧a3bf4f1b2b0b822cd15d6c15b0f00a08⏎`},
	{"R2, named after Cloudflare", `CLOUDFLARE_ACCESS_KEY_ID=⟦id⟧⏎CLOUDFLARE_SECRET_ACCESS_KEY=⟦r2-key⟧⏎`},
	{"R2, named after Cloudflare, alone", `"CLOUDFLARE_AWS_SECRET_ACCESS_KEY": "⟦r2-key⟧",⏎export CLOUDFLARE_S3_API_SECRET_ACCESS_KEY=⟦r2-key 2⟧⏎`},
	{"R2, named after CF", `CF_ACCESS_KEY_ID=⟦id⟧⏎CF_SECRET_ACCESS_KEY=⟦r2-key⟧⏎`},
	{"R2, named after CF, for AWS's tools", `CF_AWS_ACCESS_KEY_ID="⟦id⟧"⏎CF_AWS_SECRET_ACCESS_KEY="⟦r2-key⟧"⏎`},
	{"a CF without an id", `CF_SECRET_ACCESS_KEY=⟦digest⟧⏎`},
	{"a CF beside an account's id", `CF_ACCOUNT_ID=⟦id⟧⏎CF_SECRET_ACCESS_KEY=⟦digest⟧⏎`},
	{"another's CF", `# Cloud Foundry⏎CF_ACCESS_KEY_ID=⟦id⟧⏎CF_SECRET_ACCESS_KEY=⟦digest⟧⏎`},
	{"a configuration's pair", `cfg.accessKeyId = "⟦id⟧"⏎cfg.secretAccessKey = "⟦digest⟧"⏎`},
	{"a digest of a key of Cloudflare's", `CLOUDFLARE_ACCESS_KEY_ID=⟦id⟧⏎CLOUDFLARE_SECRET_ACCESS_KEY_SHA256=⟦digest⟧⏎`},
	{"another's secret beside an id of Cloudflare's", `CLOUDFLARE_ACCESS_KEY_ID=⟦id⟧⏎CLOUDFLARE_SECRET_ACCESS_KEY=⏎JWT_SECRET=⟦digest⟧⏎`},
	{"R2, an account and a digest", `r2 https://dash.cloudflare.com/accounts/⟦id⟧ ⟦digest⟧⏎`},

	// Realtime.
	{"Realtime, an app's id", `CALLS_APP_ID=⟦id⟧⏎CALLS_APP_SECRET=⟦realtime-secret⟧⏎`},
	{"Realtime, a TURN key's id", `TURN_KEY_ID=⟦id⟧⏎TURN_KEY_API_TOKEN=⟦realtime-secret⟧⏎`},
	{"Realtime, state of an app", `"type": "cloudflare_calls_sfu_app",⏎"attributes": {⏎"account_id": "⟦id⟧",⏎"app_id": "⟦id 2⟧",⏎"name": "t",⏎"secret": "⟦realtime-secret⟧"⏎}⏎`},
	{"Realtime, state of a TURN key", `"type": "cloudflare_calls_turn_app",⏎"attributes": {⏎"account_id": "⟦id⟧",⏎"key": "⟦realtime-secret⟧",⏎"key_id": "⟦id 2⟧"⏎}⏎`},
	{"Realtime, the API's answer", `POST /client/v4/accounts/⟦id⟧/calls/apps⏎{"result":{"uid":"⟦id 2⟧","secret":"⟦realtime-secret⟧"}}⏎`},
	{"Realtime, empty", `CALLS_APP_ID=⟦id⟧⏎CALLS_APP_SECRET=⏎JWT_SECRET=⟦digest⟧⏎`},
	{"Realtime, state, a digest", `"type": "cloudflare_calls_sfu_app",⏎"attributes": {"content_sha256": "⟦digest⟧"}⏎`},
	{"another TURN server", `TURN_SERVER=turn:turn.acme.io:3478⏎TURN_SECRET=⟦digest⟧⏎`},
	{"another TURN server beside a zone", `TURN_SECRET=⟦digest⟧⏎CLOUDFLARE_ZONE_ID=⟦id⟧⏎`},
	{"Realtime, a TURN server", `TURN_API_TOKEN=⟦realtime-secret⟧⏎TURN_URL=turn:turn.cloudflare.com:3478⏎`},
	{"another's calls", `CALLS_WEBHOOK_SECRET=⟦digest⟧⏎`},

	// Tunnels.
	{"tunnel, its equals sign in a query", `TUNNEL_TOKEN%3D⟦unpadded ⟦tunnel-token⟧⟧%3D%0A`},
	{"tunnel, in JSON", `{"t":"⟦tunnel-token \u003d⟧"}`},
	{"tunnel, in HTML", `<td>⟦unpadded ⟦tunnel-token⟧⟧&#x3D;</td>`},
	{"tunnel, without padding", `--token ⟦unpadded ⟦tunnel-token⟧⟧ run⏎`},
	{"tunnel, a secret without padding", `TunnelSecret: ⟦unpadded ⟦tunnel-token secret⟧⟧⏎`},
	{"tunnel, Go's library", `TunnelSecret: cloudflare.F("⟦tunnel-token secret⟧"),⏎`},
	{"tunnel, Pulumi", `TunnelSecret: pulumi.String("⟦tunnel-token secret⟧"),⏎`},
	{"R2, Pulumi", `"R2_SECRET_ACCESS_KEY": pulumi.String("⟦r2-key⟧"),⏎`},
	{"tunnel, a secret in JSON", `{"TunnelSecret":"⟦unpadded ⟦tunnel-token secret⟧⟧\u003d"}`},
	{"tunnel, in lines", `the token:⏎⏎⟦paragraph ⟦tunnel-token⟧⟧⏎`},
	{"tunnel, folded", `token: >-⏎  ⟦indented ⟦tunnel-token⟧⟧⏎next: 1⏎`},
	{"tunnel, two in a list", `⟦tunnel-token⟧⏎⟦tunnel-token 2⟧⏎`},
	{"tunnel, Helm", `cloudflare:⏎  account: ⟦id⟧⏎  tunnelName: k3s⏎  tunnelId: ⟦uuid⟧⏎  secret: ⟦tunnel-token secret⟧⏎`},
	{"tunnel, Terraform", `resource "cloudflare_tunnel" "x" {⏎  account_id = "⟦id⟧"⏎  name = "x"⏎  secret = "⟦tunnel-token secret⟧"⏎}⏎`},
	{"tunnel, Pulumi", `new cloudflare.Tunnel("t", { accountId: "⟦id⟧", secret: "⟦tunnel-token secret⟧" });⏎`},
	{"tunnel, Terraform 5", `resource "cloudflare_zero_trust_tunnel_cloudflared" "x" {⏎  tunnel_secret = "⟦tunnel-token secret⟧"⏎}⏎`},
	{"tunnel, Pulumi in Java", `.name("blog").tunnelSecret(Output.of("⟦tunnel-token secret⟧")).build(); // cloudflare⏎`},
	{"another secret in base64", `cloudflare:⏎  zone: ⟦id⟧⏎session:⏎  secret: ⟦base64raw ⟦noise 33⟧⟧⏎`},
	{"a session's secret beside a tunnel", `cloudflare:⏎  tunnelId: ⟦uuid⟧⏎  sessionSecret: ⟦base64raw ⟦noise 33⟧⟧⏎`},
	{"a public key beside a tunnel", `cloudflare_tunnel⏎public_key = "⟦base64raw ⟦noise 33⟧⟧"⏎`},

	// Deploy hooks.
	{"hook", `curl -X POST https://api.cloudflare.com/client/v4/pages/webhooks/deploy_hooks/⟦deploy-hook⟧⏎`},
	{"hook, percent", `url=https%3A%2F%2Fapi.cloudflare.com%2Fclient%2Fv4%2Fworkers%2Fbuilds%2Fdeploy_hooks%2F⟦deploy-hook⟧ HTTP/1.1⏎`},
	{"hook, percent, small", `https%3a%2f%2fapi.cloudflare.com%2fclient%2fv4%2fpages%2fwebhooks%2fdeploy_hooks%2f⟦deploy-hook⟧&x⏎`},
	{"hook, percent twice", `https%253A%252F%252Fapi.cloudflare.com%252Fclient%252Fv4%252Fpages%252Fwebhooks%252Fdeploy_hooks%252F⟦deploy-hook⟧⏎`},
	{"hook, JSON of PHP", `{"u":"https:\/\/api.cloudflare.com\/client\/v4\/workers\/builds\/deploy_hooks\/⟦deploy-hook⟧"}`},
	{"hook, unicode", `"https:\u002F\u002Fapi.cloudflare.com\u002Fclient\u002Fv4\u002Fpages\u002Fwebhooks\u002Fdeploy_hooks\u002F⟦deploy-hook⟧"`},
	{"hook, HTML", `https:&#x2F;&#x2F;api.cloudflare.com&#x2F;client&#x2F;v4&#x2F;pages&#x2F;webhooks&#x2F;deploy_hooks&#x2F;⟦deploy-hook⟧`},
	{"hook, the UUID of the RFC", `https://api.cloudflare.com/client/v4/pages/webhooks/deploy_hooks/123e4567-e89b-12d3-a456-426614174000⏎`},
	{"hook, the UUID of the API's documents", `https%3A%2F%2Fapi.cloudflare.com%2Fclient%2Fv4%2Fworkers%2Fbuilds%2Fdeploy_hooks%2F182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e⏎`},
	{"no hook", `https:\/\/api.acme.io\/client\/v4\/pages\/webhooks\/deploy_hooks\/⟦uuid⟧`},
	{"no hook, a deployment", `https%3A%2F%2Fapi.cloudflare.com%2Fclient%2Fv4%2Fpages%2Fdeployments%2F⟦uuid⟧`},
}

type inContextCase struct{ name, in string }

// render returns the content that a case stands for, and what is to be found in it.
func (c inContextCase) render() (text string, want []string) {
	f := template{name: c.name}
	text = f.render(strings.NewReplacer("⏎", "\n", "⇥", "\t").Replace(c.in), "")
	slices.Sort(f.want)
	return text, f.want
}

// TestInContext says that of secrets in context each is found, in the file as it is
// and further down in another, and nothing else.
func TestInContext(t *testing.T) {
	for _, tt := range inContext {
		t.Run(tt.name, func(t *testing.T) {
			text, want := tt.render()
			for _, in := range []string{text, "# settings\n\n" + text + "\n# end\n", "\ufeff" + text} {
				if got := findings([]byte(in), ""); !slices.Equal(got, want) {
					t.Errorf("in %s\nfound %q\nwant  %q", tt.in, got, want)
				}
			}
		})
	}
}
