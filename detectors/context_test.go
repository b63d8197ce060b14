package detectors

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/leakflare/leakflare/detectors/secret"
	"github.com/leakflare/leakflare/testdata/mint"
)

// The cases of this file are written on one line each, in a notation of which
// [expand] makes the content to scan:
//
//	§T  a legacy API token                          §A  32 hexadecimal digits: an id, an MD5
//	§t  one with '_' and '-' at its ends            §S  40: a SHA-1
//	§K  a legacy Global API key, 37 digits          §D  64: a SHA-256
//	§L  one of 45                                   §G  36 letters and digits
//	§X  one of 40                                   §N  nothing, to take a value apart
//	⏎   the end of a line    ⇥  a tab    ␛  escape    ⟦…⟧  base64 of what stands between
//
// Each mark stands for a value of its own.

// A snippet is a piece of a file that holds a value.
type snippet struct {
	name string
	in   string
	path string // of the file, where it matters
}

// leaks are ways in which people write API tokens and Global API keys in the
// formats before 2026: every §T, §t, §K, §L and §X is one, and nothing else is.
var leaks = []snippet{
	// Environments and shells.
	{name: "dotenv", in: `CLOUDFLARE_API_TOKEN=§T⏎`},
	{name: "dotenv with spaces", in: `CLOUDFLARE_API_TOKEN = §T⏎`},
	{name: "dotenv in quotes", in: `CF_API_TOKEN="§T"⏎CF_ZONE_ID="§A"⏎`},
	{name: "dotenv in single quotes", in: `CF_API_TOKEN='§T' # prod⏎`},
	{name: "dotenv with CRLF", in: "NODE_ENV=production\r\nCLOUDFLARE_API_KEY=§K\r\nCLOUDFLARE_EMAIL=ops@acme.io\r\n"},
	{name: "dotenv, export", in: `export CF_Token="§T"⏎export CF_Account_ID="§A"⏎`},
	{name: "dotenv, commented out", in: `# CLOUDFLARE_API_TOKEN=§T⏎`},
	{name: "dotenv, a public prefix", in: `VITE_CLOUDFLARE_API_TOKEN=§T⏎NEXT_PUBLIC_CF_API_TOKEN=§T⏎`},
	{name: "dotenv, the environment's name behind", in: `CLOUDFLARE_API_TOKEN_PRODUCTION=§T⏎CLOUDFLARE_API_TOKEN_STAGING=§T⏎`},
	{name: "dotenv, numbered", in: `CF_API_TOKEN_1=§T⏎CF_API_TOKEN2=§T⏎`},
	{name: "dotenv, key and mail", in: `CF_API_EMAIL=ops@acme.io⏎CF_API_KEY=§K⏎`},
	{name: "dotenv, a token called key", in: `CLOUDFLARE_API_KEY=§T⏎`},
	{name: "dotenv, a key called token", in: `CF_TOKEN=§K⏎`},
	{name: "dotenv, at the end of the file", in: `CLOUDFLARE_TOKEN=§T`},
	{name: "dotenv, dashes at the ends", in: `CLOUDFLARE_API_TOKEN=§t⏎`},
	{name: "dotenv, dashes at the ends, in quotes", in: `{"cloudflare_api_token":"§t"}`},
	{name: "dotenv, the vendor in a comment only", in: `# Cloudflare⏎API_TOKEN=§T⏎ZONE_ID=§A⏎`},
	{name: "dotenv, the vendor in a comment, a key", in: `# Cloudflare DNS⏎EMAIL=ops@acme.io⏎API_KEY=§K⏎`},
	{name: "dotenv, the old documents' length", in: `CLOUDFLARE_API_KEY=§L⏎CLOUDFLARE_EMAIL=ops@acme.io⏎`},
	{name: "dotenv, a key as long as a SHA-1", in: `CLOUDFLARE_GLOBAL_API_KEY=§X⏎CLOUDFLARE_EMAIL=ops@acme.io⏎`},
	{name: "dotenv, workers AI", in: `CLOUDFLARE_ACCOUNT_ID=§A⏎CLOUDFLARE_WORKERS_AI_TOKEN=§T⏎`},
	{name: "dotenv, AI gateway", in: `CF_AIG_TOKEN=§T⏎CF_AI_GATEWAY_TOKEN=§T⏎`},
	{name: "dotenv, R2 catalog", in: `R2_CATALOG_URI=https://catalog.cloudflarestorage.com/§A/lake⏎R2_CATALOG_TOKEN=§T⏎`},
	{name: "dotenv, D1", in: `CLOUDFLARE_D1_TOKEN=§T⏎CLOUDFLARE_DATABASE_ID=1b2ffb7c-0d2c-4f0a-9d1e-6a9c1c1b7a55⏎`},
	{name: "dotenv, cache purge", in: `CLOUDFLARE_CACHE_PURGE_TOKEN=§T⏎`},
	{name: "dotenv, images", in: `CLOUDFLARE_IMAGES_API_TOKEN=§T⏎CLOUDFLARE_STREAM_TOKEN=§T⏎`},
	{name: "dotenv, keyless", in: `# gokeyless, Cloudflare⏎KEYLESS_API_TOKEN=§T⏎`},
	{name: "dev vars", in: `CF_MANAGEMENT_TOKEN=§T⏎`, path: ".dev.vars"},
	{name: "envrc", in: `export CLOUDFLARE_EMAIL=ops@acme.io⏎export CLOUDFLARE_API_KEY=§K⏎`},
	{name: "shell, before a command", in: `CF_API_TOKEN=§T flarectl zone list⏎`},
	{name: "shell, env", in: `env CLOUDFLARE_API_TOKEN=§T npx wrangler deploy⏎`},
	{name: "shell, a default", in: `: "${CLOUDFLARE_API_TOKEN:=§T}"⏎`},
	{name: "shell, another default", in: `TOKEN=${CF_API_TOKEN:-§T}⏎`},
	{name: "shell, a flag", in: `./ddns.sh --cloudflare-token §T --zone acme.io⏎`},
	{name: "shell, a flag with an equals sign", in: `tool --cloudflare-api-token=§T --dry-run⏎`},
	{name: "shell, short flags", in: `cfcli -e ops@acme.io -k §K -d acme.io ls⏎`},
	{name: "shell, a flag of a tool", in: `/usr/local/bin/cfcli -d acme.io -t "§T" add⏎cf-terraforming generate -z §A -t §T⏎`},
	{name: "shell, a flag of a script", in: `./cf-ddns.sh -e=ops@acme.io -a=§K -z=acme.io⏎*/5 * * * * cfddns --api-token §T home.acme.io⏎`},
	{name: "shell, a flag over lines", in: `cloudflare-ddns.sh -h home.acme.io \⏎  -k §T \⏎  -z acme.io⏎`},
	{name: "a program's arguments", in: `subprocess.run(["cfcli", "-k", "§T", "ls"])⏎`},
	{name: "shell, gh of a repository", in: `gh secret set CLOUDFLARE_API_TOKEN -R acme/site -b "§T"⏎`},
	{name: "shell, gh of a repository, in words", in: `gh secret set CF_KEY --repo acme/site --body §K⏎`},
	{name: "expect", in: `spawn npx wrangler secret put CF_API_TOKEN⏎expect "Enter a secret value:"⏎send "§T\r"⏎`},
	{name: "shell, cloudflare's own variables", in: `auth_email="ops@acme.io"⏎auth_method="token"⏎auth_key="§T"⏎zone_identifier="§A"⏎`, path: "cloudflare-template.sh"},
	{name: "shell, lower case", in: `cloudflare_auth_email=ops@acme.io⏎cloudflare_auth_key=§K⏎`},
	{name: "shell, CFKEY", in: `CFKEY=§K⏎CFUSER=ops@acme.io⏎CFZONE_NAME=acme.io⏎`},
	{name: "shell, an array", in: `headers=(-H "X-Auth-Email: ops@acme.io" -H "X-Auth-Key: §K" -H "Content-Type: application/json")⏎`},
	{name: "shell, echo to a secret", in: `echo "§T" | npx wrangler secret put CF_API_TOKEN⏎`},
	{name: "shell, echo to gh", in: `gh secret set CLOUDFLARE_API_TOKEN --body "§T"⏎`},
	{name: "shell, echo to docker secret", in: `printf '%s' '§T' | docker secret create cf_api_token -⏎`},
	{name: "shell, kubectl", in: `kubectl create secret generic cloudflare-api-token-secret --from-literal=api-token=§T -n cert-manager⏎`},
	{name: "shell, kubectl, a key", in: `kubectl -n external-dns create secret generic cloudflare --from-literal=apiKey=§K --from-literal=email=ops@acme.io⏎`},
	{name: "shell, helm", in: `helm install external-dns bitnami/external-dns --set provider=cloudflare --set cloudflare.apiToken=§T⏎`},
	{name: "shell, vault", in: `vault kv put secret/cloudflare api_token=§T⏎`},
	{name: "shell, docker run", in: `docker run -d -e CF_API_TOKEN=§T -e DOMAINS=acme.io favonia/cloudflare-ddns:latest⏎`},
	{name: "shell, docker run, API_KEY", in: `docker run -e API_KEY=§T -e ZONE=acme.io oznu/cloudflare-ddns⏎`},
	{name: "shell, terraform -var", in: `terraform apply -var "cloudflare_api_token=§T"⏎`},
	{name: "shell, TF_VAR", in: `export TF_VAR_cloudflare_api_token=§T⏎export TF_VAR_cf_api_key=§K⏎`},
	{name: "shell, fly", in: `fly secrets set CLOUDFLARE_API_TOKEN=§T⏎`},
	{name: "shell, heroku", in: `heroku config:set CF_API_KEY=§K CF_EMAIL=ops@acme.io⏎`},
	{name: "fish", in: `set -gx CLOUDFLARE_API_TOKEN §T⏎`},
	{name: "csh", in: `setenv CF_API_TOKEN §T⏎`},
	{name: "batch", in: "set CLOUDFLARE_API_TOKEN=§T\r\nsetx CF_KEY §K\r\n"},
	{name: "PowerShell", in: `$env:CLOUDFLARE_API_TOKEN = "§T"⏎`},
	{name: "PowerShell, headers", in: `$headers = @{ "X-Auth-Email" = "ops@acme.io"; "X-Auth-Key" = "§K" }⏎`},
	{name: "PowerShell, bearer", in: `Invoke-RestMethod -Uri "https://api.cloudflare.com/client/v4/zones" -Headers @{ Authorization = "Bearer §T" }⏎`},
	{name: "PowerShell, secure string", in: `$cfToken = ConvertTo-SecureString '§T' -AsPlainText -Force⏎`},
	{name: "PowerShell, Posh-ACME", in: `New-PACertificate acme.io -Plugin Cloudflare -PluginArgs @{ CFTokenInsecure = '§T' }⏎`},
	{name: "PowerShell, Posh-ACME, a key", in: `$pArgs = @{ CFAuthEmail='ops@acme.io'; CFAuthKey='§K' }⏎`},
	{name: "bash history", in: `#1633024800⏎export CF_Key="§K"⏎#1633024812⏎export CF_Email="ops@acme.io"⏎`},
	{name: "zsh history", in: `: 1633024800:0;export CLOUDFLARE_API_TOKEN=§T⏎`},
	{name: "fish history", in: `- cmd: set -x CF_API_TOKEN §T⏎  when: 1633024800⏎`},
	{name: "set -x", in: `+ CF_API_TOKEN=§T⏎+ ./deploy.sh⏎`},
	{name: "set -x, curl", in: `++ curl -s -H 'Authorization: Bearer §T' https://api.cloudflare.com/client/v4/zones⏎`},
	{name: "printenv", in: `PWD=/app⏎CLOUDFLARE_API_TOKEN=§T⏎SHLVL=1⏎`},
	{name: "environ", in: "HOME=/root\x00CF_DNS_API_TOKEN=§T\x00PATH=/bin\x00"},
	{name: "ps", in: `root 812 0.0 wrangler dev CLOUDFLARE_API_TOKEN=§T TERM=xterm⏎`},
	{name: "crontab", in: `*/5 * * * * CF_TOKEN=§T /usr/local/bin/cf-ddns >/dev/null 2>&1⏎`},
	{name: "crontab, curl", in: `0 3 * * * curl -X POST https://api.cloudflare.com/client/v4/zones/§A/purge_cache -H "X-Auth-Email: ops@acme.io" -H "X-Auth-Key: §K" --data '{"purge_everything":true}'⏎`},
	{name: "Makefile", in: `CF_API_TOKEN ?= §T⏎deploy:⏎⇥CLOUDFLARE_API_TOKEN=$(CF_API_TOKEN) wrangler deploy⏎`},
	{name: "Makefile, :=", in: `CLOUDFLARE_API_KEY := §K⏎`},
	{name: "justfile", in: `export CLOUDFLARE_API_TOKEN := "§T"⏎`},
	{name: "systemd", in: `[Service]⏎Environment=CLOUDFLARE_API_TOKEN=§T⏎ExecStart=/usr/bin/caddy run⏎`},
	{name: "systemd, in quotes", in: `[Service]⏎Environment="CF_API_EMAIL=ops@acme.io" "CF_API_KEY=§K"⏎`},
	{name: "supervisor", in: `[program:ddns]⏎environment=CF_API_TOKEN="§T",TZ="UTC"⏎`},

	// Containers and clusters.
	{name: "Dockerfile, ENV", in: `FROM node:20⏎ENV CLOUDFLARE_API_TOKEN=§T⏎`},
	{name: "Dockerfile, old ENV", in: `ENV CF_API_KEY §K⏎`},
	{name: "Dockerfile, ARG", in: `ARG CLOUDFLARE_API_TOKEN=§T⏎RUN wrangler deploy⏎`},
	{name: "compose, list", in: `    environment:⏎      - CF_DNS_API_TOKEN=§T⏎      - CF_ZONE_API_TOKEN=§T⏎`},
	{name: "compose, map", in: `    environment:⏎      CF_API_EMAIL: ops@acme.io⏎      CF_API_KEY: §K⏎`},
	{name: "compose, map in quotes", in: `    environment:⏎      CLOUDFLARE_DNS_API_TOKEN: "§T"⏎`},
	{name: "compose, list in quotes", in: `      - "CF_API_TOKEN=§T"⏎      - 'PROXIED=true'⏎`},
	{name: "compose, short names", in: `  cloudflare-ddns:⏎    image: oznu/cloudflare-ddns⏎    environment:⏎      - API_KEY=§T⏎      - ZONE=acme.io⏎`},
	{name: "compose, joshuaavalon", in: `    image: joshava/cloudflare-ddns⏎    environment:⏎      TOKEN: §T⏎      ZONEID: §A⏎`},
	{name: "compose, a command", in: `    command: ["--provider", "cloudflare", "--cloudflare-token", "§T"]⏎`},
	{name: "docker inspect", in: `            "Env": [⏎                "CLOUDFLARE_API_TOKEN=§T",⏎                "PATH=/usr/bin"⏎            ],⏎`},
	{name: "docker history", in: `{"created_by":"/bin/sh -c #(nop)  ENV CF_API_KEY=§K","empty_layer":true}`},
	{name: "docker history, build argument", in: `RUN |1 CF_API_TOKEN=§T /bin/sh -c npm run deploy # buildkit⏎`},
	{name: "swarm secret file", in: `§T⏎`, path: "secrets/cloudflare_api_token"},
	{name: "secret, stringData", in: `kind: Secret⏎metadata:⏎  name: cloudflare-api-token-secret⏎stringData:⏎  api-token: §T⏎`},
	{name: "secret, stringData, a key", in: `metadata:⏎  name: cloudflare-api-key⏎type: Opaque⏎stringData:⏎  apiKey: §K⏎  email: ops@acme.io⏎`},
	{name: "secret, data", in: `metadata:⏎  name: cloudflare-api-token-secret⏎data:⏎  api-token: ⟦§T⟧⏎`},
	{name: "secret, data, a key", in: `metadata:⏎  name: cloudflare-api-key-secret⏎data:⏎  api-key: ⟦§K⟧⏎  email: ⟦ops@acme.io⟧⏎`},
	{name: "secret, data, a key of 45", in: `data:⏎  CLOUDFLARE_API_KEY: ⟦§L⟧⏎`},
	{name: "secret, data, with a newline", in: `data:⏎  CF_API_TOKEN: ⟦§T⏎⟧⏎kind: Secret⏎`},
	{name: "secret, data before metadata", in: `apiVersion: v1⏎data:⏎  api-token: ⟦§T⟧⏎kind: Secret⏎metadata:⏎  name: cloudflare-api-token⏎  namespace: cert-manager⏎`},
	{name: "secret, data, one line", in: `{"apiVersion":"v1","data":{"apiToken":"⟦§T⟧"},"kind":"Secret","metadata":{"name":"cloudflare"}}`},
	{name: "secret, data, a whole file", in: `data:⏎  cloudflare.ini: ⟦dns_cloudflare_api_token = §T⏎⟧⏎`},
	{name: "secret, data, a whole dotenv", in: `data:⏎  .env: ⟦CLOUDFLARE_EMAIL=ops@acme.io⏎CLOUDFLARE_API_KEY=§K⏎⟧⏎`},
	{name: "secret, last applied", in: `    kubectl.kubernetes.io/last-applied-configuration: |⏎      {"apiVersion":"v1","kind":"Secret","metadata":{"name":"cloudflare-api-token"},"stringData":{"api-token":"§T"}}⏎`},
	{name: "deployment, env on two lines", in: `        env:⏎        - name: CF_API_TOKEN⏎          value: §T⏎`},
	{name: "deployment, env on two lines, in quotes", in: `            - name: CF_API_KEY⏎              value: "§K"⏎            - name: CF_API_EMAIL⏎              value: "ops@acme.io"⏎`},
	{name: "deployment, env in JSON", in: `{"name":"CLOUDFLARE_API_TOKEN","value":"§T"}`},
	{name: "deployment, env in JSON, value first", in: `{"value": "§T", "name": "CLOUDFLARE_API_TOKEN"}`},
	{name: "deployment, env in pretty JSON", in: `        {⏎          "name": "CLOUDFLARE_API_TOKEN",⏎          "value": "§T"⏎        },⏎`},
	{name: "deployment, flow style", in: `env: [{name: CF_API_TOKEN, value: §T}]⏎`},
	{name: "configmap", in: `kind: ConfigMap⏎data:⏎  CLOUDFLARE_API_TOKEN: "§T"⏎`},
	{name: "kustomize", in: `secretGenerator:⏎- name: cloudflare⏎  literals:⏎  - apiToken=§T⏎`},
	{name: "helm values", in: `provider: cloudflare⏎cloudflare:⏎  apiToken: §T⏎  proxied: true⏎`},
	{name: "helm values, a key", in: `cloudflare:⏎  email: ops@acme.io⏎  apiKey: "§K"⏎`},
	{name: "cert-manager, a mistake", in: `        dns01:⏎          cloudflare:⏎            email: ops@acme.io⏎            apiKey: §K⏎`},
	{name: "nomad", in: `      env {⏎        CF_API_TOKEN = "§T"⏎      }⏎`},
	{name: "nomad, template", in: `data = <<EOH⏎CF_DNS_API_TOKEN=§T⏎EOH⏎`},
	{name: "ECS task", in: `"environment":[{"name":"CF_API_TOKEN","value":"§T"},{"name":"TZ","value":"UTC"}]`},
	{name: "Unraid template", in: `<Config Name="CF API Token" Target="CF_API_TOKEN" Default="" Mode="" Description="" Type="Variable" Display="always" Required="true" Mask="true">§T</Config>⏎`},
	{name: "Portainer stack", in: `{"Env":[{"name":"CF_API_TOKEN","value":"§T"}],"Name":"traefik"}`},

	// CI.
	{name: "Actions, env", in: `        env:⏎          CLOUDFLARE_API_TOKEN: §T⏎`},
	{name: "Actions, with", in: `      - uses: cloudflare/wrangler-action@v3⏎        with:⏎          apiToken: §T⏎          accountId: §A⏎`},
	{name: "Actions, with, pinned", in: `      - uses: cloudflare/pages-action@§S # v1⏎        with:⏎          apiToken: '§T'⏎          projectName: site⏎`},
	{name: "Actions, purge", in: `      - uses: jakejarvis/cloudflare-purge-action@master⏎        env:⏎          CLOUDFLARE_ZONE: §A⏎          CLOUDFLARE_EMAIL: ops@acme.io⏎          CLOUDFLARE_KEY: §K⏎`},
	{name: "Actions, a log", in: `2024-03-01T10:11:12.1234567Z   CLOUDFLARE_API_TOKEN: §T⏎`},
	{name: "Actions, a log of run", in: `2024-03-01T10:11:12.1234567Z ##[command]curl -H Authorization: Bearer §T https://api.cloudflare.com/client/v4/user/tokens/verify⏎`},
	{name: "GitLab", in: `variables:⏎  CF_API_TOKEN: "§T"⏎`},
	{name: "GitLab, a value on its own line", in: `  CLOUDFLARE_API_TOKEN:⏎    value: "§T"⏎    description: "deploys"⏎`},
	{name: "CircleCI", in: `    environment:⏎      CLOUDFLARE_KEY: §K⏎`},
	{name: "Travis", in: `env:⏎  global:⏎    - CF_API_KEY=§K CF_API_EMAIL=ops@acme.io⏎`},
	{name: "Azure", in: `variables:⏎- name: CLOUDFLARE_API_TOKEN⏎  value: §T⏎`},
	{name: "Bitbucket", in: `            - export CLOUDFLARE_API_TOKEN='§T'⏎            - npx wrangler pages publish dist⏎`},
	{name: "Drone", in: `    settings:⏎      cloudflare_token: §T⏎`},
	{name: "Jenkinsfile", in: `  environment {⏎    CLOUDFLARE_API_TOKEN = '§T'⏎  }⏎`},
	{name: "Jenkinsfile, withEnv", in: `withEnv(['CF_API_KEY=§K', 'CF_API_EMAIL=ops@acme.io']) {⏎`},
	{name: "Jenkins credentials", in: `<id>cloudflare-api-token</id><description>Cloudflare</description><secret>§T</secret>`},
	{name: "a coloured log", in: `␛[36mCLOUDFLARE_API_TOKEN␛[0m=␛[33m§T␛[0m⏎`},
	{name: "a build log", in: `[debug] using Cloudflare API token §T⏎`},
	{name: "a log of levels", in: `level=debug msg="updating record" provider=cloudflare token=§T zone=acme.io⏎`},
	{name: "a JSON log", in: `{"level":"debug","provider":"cloudflare","headers":{"Authorization":["Bearer §T"]},"url":"https://api.cloudflare.com/client/v4/zones"}`},
	{name: "a Go struct in a log", in: `&cloudflare.API{APIKey:"§K", APIEmail:"ops@acme.io", APIToken:""}⏎`},
	{name: "a Go struct in a log, %+v", in: `config: {Provider:cloudflare APIToken:§T Zone:acme.io}⏎`},
	{name: "a Python log", in: `DEBUG:CloudFlare:Call: X-Auth-Email: ops@acme.io X-Auth-Key: §K⏎`},
	{name: "an nginx log", in: `10.0.0.7 - - [01/Mar/2024:10:11:12 +0000] "GET /update?provider=cloudflare&token=§T&zone=acme.io HTTP/1.1" 200 12⏎`},
	{name: "curl -v", in: `> GET /client/v4/user/tokens/verify HTTP/2⏎> Host: api.cloudflare.com⏎> User-Agent: curl/8.1⏎> Authorization: Bearer §T⏎>⏎`},
	{name: "ansible -vvv", in: `"invocation": {"module_args": {"account_api_token": null, "account_email": "ops@acme.io", "account_api_key": "§K", "zone": "acme.io", "type": "A"}}, "cloudflare_dns"⏎`},
	{name: "a stack trace", in: `CloudflareError: 9109 Invalid access token at request (token=§T)⏎`},

	// Certificates and dynamic DNS.
	{name: "certbot", in: `# Cloudflare API token used by Certbot⏎dns_cloudflare_api_token = §T⏎`},
	{name: "certbot, a key", in: `dns_cloudflare_email = ops@acme.io⏎dns_cloudflare_api_key = §K⏎`},
	{name: "certbot, no spaces", in: `dns_cloudflare_api_token=§T⏎`},
	{name: "nginx-proxy-manager", in: `"meta":{"dns_challenge":true,"dns_provider":"cloudflare","dns_provider_credentials":"# Cloudflare API token\r\ndns_cloudflare_api_token = §T","letsencrypt_agree":true}`},
	{name: "acme.sh account.conf", in: `SAVED_CF_Token='§T'⏎SAVED_CF_Account_ID='§A'⏎`},
	{name: "acme.sh account.conf, a key", in: `SAVED_CF_Key='§K'⏎SAVED_CF_Email='ops@acme.io'⏎`},
	{name: "acme.sh, one line", in: `CF_Key=§K CF_Email=ops@acme.io acme.sh --issue --dns dns_cf -d acme.io⏎`},
	{name: "acme.sh, the wiki's form", in: `export CF_Key="§K"⏎export CF_Email="ops@acme.io"⏎`},
	{name: "Proxmox", in: `plugin: cf⏎⇥api cf⏎⇥data ⟦CF_Token=§T⏎CF_Account_ID=§A⏎⟧⏎⇥type dns⏎`},
	{name: "OPNsense", in: `<dns_service>dns_cf</dns_service><dns_cf_email>ops@acme.io</dns_cf_email><dns_cf_key>§K</dns_cf_key>`},
	{name: "OPNsense, a token", in: `          <dns_cf_token>§T</dns_cf_token>⏎          <dns_cf_account_id>§A</dns_cf_account_id>⏎`},
	{name: "pfSense, dynamic DNS", in: `<dyndns><type>cloudflare</type><username>ops@acme.io</username><password>§K</password><host>home</host></dyndns>`},
	{name: "Synology", in: `{"provider":"Cloudflare","username":"§A","passwd":"§T"}`},
	{name: "lego", in: `CLOUDFLARE_EMAIL=ops@acme.io CLOUDFLARE_API_KEY=§K lego --dns cloudflare --domains acme.io run⏎`},
	{name: "Traefik TOML", in: `[acme.dnsChallenge]⏎provider = "cloudflare"⏎[env]⏎CF_DNS_API_TOKEN = "§T"⏎`},
	{name: "Caddyfile", in: `tls {⏎⇥dns cloudflare §T⏎}⏎`},
	{name: "Caddyfile, on one line", in: `acme_dns cloudflare §T⏎`},
	{name: "Caddyfile, block", in: `dns cloudflare {⏎⇥api_token §T⏎⇥zone_token §T⏎}⏎`},
	{name: "Caddyfile, old, a key", in: `tls {⏎  dns cloudflare ops@acme.io §K⏎}⏎`},
	{name: "Caddyfile, dynamic DNS", in: `dynamic_dns {⏎    provider cloudflare "§T"⏎    domains {⏎`},
	{name: "Caddy JSON", in: `{"challenges":{"dns":{"provider":{"api_token":"§T","name":"cloudflare"}}}}`},
	{name: "Caddy JSON, pretty", in: `"provider": {⏎  "name": "cloudflare",⏎  "api_token": "§T"⏎}⏎`},
	{name: "ddclient, token", in: `protocol=cloudflare, \⏎zone=acme.io, \⏎ttl=1, \⏎login=token, \⏎password=§T \⏎home.acme.io⏎`},
	{name: "ddclient, key", in: `use=web⏎protocol=cloudflare⏎zone=acme.io⏎login=ops@acme.io⏎password=§K⏎acme.io⏎`},
	{name: "ddclient, quotes", in: `protocol=cloudflare        \⏎server=api.cloudflare.com/client/v4 \⏎login='ops@acme.io' \⏎password='§K' \⏎acme.io⏎`},
	{name: "ddclient, one line", in: `ssl=yes, protocol=cloudflare, zone=acme.io, login=token, password='§T' www.acme.io⏎`},
	{name: "ddclient, password first", in: `login=token⏎password=§T⏎protocol=cloudflare⏎zone=acme.io⏎`},
	{name: "inadyn", in: `provider cloudflare.com {⏎    username = acme.io⏎    password = §T⏎    hostname = home.acme.io⏎}⏎`},
	{name: "inadyn, quotes", in: `provider cloudflare.com:1 {⏎⇥username = "acme.io"⏎⇥password = "§T" # Create a unique custom api token⏎}⏎`},
	{name: "ddns-updater", in: `{"settings":[{"provider":"cloudflare","zone_identifier":"§A","domain":"acme.io","host":"@","ttl":600,"token":"§T","ip_version":"ipv4"}]}`},
	{name: "ddns-updater, a key", in: `{⏎ "provider": "cloudflare",⏎ "zone_identifier": "§A",⏎ "email": "ops@acme.io",⏎ "key": "§K"⏎}⏎`},
	{name: "favonia", in: `      - CLOUDFLARE_API_TOKEN=§T⏎      - DOMAINS=acme.io⏎`},
	{name: "timothymiller", in: `{"cloudflare":[{"authentication":{"api_token":"§T","api_key":{"api_key":"","account_email":""}},"zone_id":"§A"}]}`},
	{name: "timothymiller, a key", in: `  "cloudflare": [⏎    {⏎      "authentication": {⏎        "api_token": "",⏎        "api_key": {⏎          "api_key": "§K",⏎          "account_email": "ops@acme.io"⏎        }⏎`},
	{name: "ddns-go", in: `dnsconf:⏎- dns:⏎    name: cloudflare⏎    id: ""⏎    secret: §T⏎`},
	{name: "newfuture ddns", in: `{"dns":"cloudflare","id":"ops@acme.io","token":"§K","ipv4":["acme.io"]}`},
	{name: "qdm12, env", in: `CONFIG={"settings": [{"provider": "cloudflare", "token": "§T"}]}⏎`},
	{name: "K0p1-Git script", in: `auth_email="ops@acme.io"                                       # The email used to login 'https://dash.cloudflare.com'⏎auth_method="token"                                 # Set to "global" for Global API Key or "token" for Scoped API Token⏎auth_key="§T"                                       # Your API Token or Global API Key⏎`},
	{name: "yulewang script", in: `# API key, see https://www.cloudflare.com/a/account/my-account,⏎# incorrect api-key results in E_UNAUTH error⏎CFKEY=§K⏎`},
	{name: "MikroTik", in: `:local CfToken "§T"⏎:local CfZone "§A"⏎`},
	{name: "MikroTik, headers", in: `/tool fetch http-method=put mode=https url="https://api.cloudflare.com/client/v4/zones/§A/dns_records/§A" http-header-field="Authorization: Bearer §T,content-type:application/json"⏎`},
	{name: "OpenWrt", in: `config service 'cf'⏎⇥option service_name 'cloudflare.com-v4'⏎⇥option username 'Bearer'⏎⇥option password '§T'⏎`},
	{name: "OpenWrt, a key", in: `⇥option service_name 'cloudflare.com-v4'⏎⇥option domain 'home@acme.io'⏎⇥option username 'ops@acme.io'⏎⇥option password '§K'⏎`},
	{name: "OpenWrt, acme", in: `⇥option dns 'dns_cf'⏎⇥list credentials 'CF_Token="§T"'⏎⇥list credentials 'CF_Account_ID="§A"'⏎`},
	{name: "OpenWrt, uci show", in: `ddns.cf.service_name='cloudflare.com-v4'⏎ddns.cf.username='Bearer'⏎ddns.cf.password='§T'⏎`},
	{name: "home assistant", in: `cloudflare_api_token: §T⏎cloudflare_email: ops@acme.io⏎`},
	{name: "home assistant, storage", in: `{"domain":"cloudflare","data":{"api_token":"§T","records":["home.acme.io"],"zone":"acme.io"}}`},
	{name: "home assistant, old", in: `cloudflare:⏎  email: ops@acme.io⏎  api_key: §K⏎  zone: acme.io⏎`},
	{name: "win-acme", in: `"Plugin": "e3fa6d9c-0d51-4a40-9a8e-3a1b6ac7cf9d",⏎"Name": "cloudflare",⏎"ApiToken": "§T"⏎`},
	{name: "fail2ban", in: `[Definition]⏎actionban = curl -s -X POST "https://api.cloudflare.com/client/v4/user/firewall/access_rules/rules" -H "X-Auth-Email: <cfuser>" -H "X-Auth-Key: <cftoken>"⏎[Init]⏎cftoken = §K⏎cfuser = ops@acme.io⏎`},
	{name: "fail2ban, jail", in: `action = cloudflare[cfuser="ops@acme.io", cftoken="§K"]⏎`},
	{name: "crowdsec", in: `cloudflare_config:⏎    accounts:⏎    - id: §A⏎      token: §T⏎`},

	// Infrastructure as code.
	{name: "Terraform provider", in: `provider "cloudflare" {⏎  api_token = "§T"⏎}⏎`},
	{name: "Terraform provider, a key", in: `provider "cloudflare" {⏎  email   = "ops@acme.io"⏎  api_key = "§K"⏎}⏎`},
	{name: "Terraform provider, version 1", in: `provider "cloudflare" {⏎  email = "ops@acme.io"⏎  token = "§K"⏎}⏎`},
	{name: "Terraform variable", in: `variable "cloudflare_api_token" {⏎  type    = string⏎  default = "§T"⏎}⏎`},
	{name: "Terraform variable, described", in: `variable "cf_api_token" {⏎  description = "who may edit DNS"⏎  type = string⏎  sensitive = true⏎  default = "§T"⏎}⏎`},
	{name: "tfvars", in: `cloudflare_api_token = "§T"⏎cloudflare_zone_id   = "§A"⏎`},
	{name: "tfvars, aligned", in: `cloudflare_email      = "ops@acme.io"⏎cloudflare_api_key    = "§K"⏎`},
	{name: "tfvars in JSON", in: `{"cloudflare_api_token": "§T", "region": "weur"}`},
	{name: "tfstate, a token", in: `"type": "cloudflare_api_token",⏎"name": "ci",⏎"instances": [⏎{⏎"attributes": {⏎"id": "§A",⏎"name": "ci",⏎"status": "active",⏎"value": "§T"⏎}⏎`},
	{name: "tfstate, an output", in: `"outputs": {⏎  "cloudflare_token": {⏎    "value": "§T",⏎    "type": "string",⏎    "sensitive": true⏎`},
	{name: "terraform plan", in: `      + CF_API_TOKEN = "§T"⏎`},
	{name: "Terragrunt", in: `inputs = {⏎  cloudflare = { email = "ops@acme.io", api_key = "§K" }⏎}⏎`},
	{name: "Pulumi", in: `config:⏎  cloudflare:apiToken: §T⏎`},
	{name: "Pulumi, a key", in: `config:⏎  cloudflare:email: ops@acme.io⏎  cloudflare:apiKey: §K⏎`},
	{name: "Pulumi, code", in: `const provider = new cloudflare.Provider("cf", { apiToken: "§T" });⏎`},
	{name: "Pulumi, command", in: `pulumi config set cloudflare:apiToken §T⏎`},
	{name: "Ansible", in: `  community.general.cloudflare_dns:⏎    zone: acme.io⏎    record: www⏎    api_token: §T⏎`},
	{name: "Ansible, a key", in: `- cloudflare_dns:⏎    zone: acme.io⏎    account_email: ops@acme.io⏎    account_api_key: "§K"⏎`},
	{name: "Ansible, key=value", in: `cloudflare_dns: zone=acme.io type=A value=192.0.2.1 account_email=ops@acme.io account_api_token=§K⏎`},
	{name: "Ansible, variables", in: `vault_cloudflare_token: §T⏎cloudflare_api_key: '§K'⏎`},
	{name: "Chef", in: `default['cloudflare']['api_key'] = '§K'⏎`},
	{name: "Puppet", in: `cloudflare::api_token: '§T'⏎`},
	{name: "Salt", in: `cloudflare:⏎  driver: cloudflare⏎  api_token: §T⏎`},
	{name: "Nix", in: `environment.CLOUDFLARE_DNS_API_TOKEN = "§T";⏎`},
	{name: "Nix, inadyn", in: `  provider."cloudflare.com" = {⏎    password = "§T";⏎  };⏎`},
	{name: "octoDNS", in: `providers:⏎  cloudflare:⏎    class: octodns_cloudflare.CloudflareProvider⏎    token: §T⏎`},
	{name: "octoDNS, a key", in: `  cloudflare:⏎    class: octodns.provider.cloudflare.CloudflareProvider⏎    email: ops@acme.io⏎    token: §K⏎`},
	{name: "DNSControl", in: `{"cloudflare":{"TYPE":"CLOUDFLAREAPI","accountid":"§A","apitoken":"§T"}}`},
	{name: "DNSControl, a key", in: `  "cloudflare": {⏎    "TYPE": "CLOUDFLAREAPI",⏎    "apikey": "§K",⏎    "apiuser": "ops@acme.io"⏎  }⏎`},
	{name: "external-dns, args", in: `        args:⏎        - --source=ingress⏎        - --provider=cloudflare⏎        env:⏎        - name: CF_API_KEY⏎          value: "§K"⏎`},
	{name: "wrangler.toml", in: `name = "site"⏎account_id = "§A"⏎[vars]⏎CF_API_TOKEN = "§T"⏎`},
	{name: "wrangler.jsonc", in: `{"name":"site","vars":{"CLOUDFLARE_API_TOKEN":"§T"}}`},
	{name: "wrangler 1", in: `api_token = "§T"⏎`, path: ".wrangler/config/default.toml"},
	{name: "wrangler 1, a key", in: `email = "ops@acme.io"⏎api_key = "§K"⏎`, path: "wrangler/config/default.toml"},
	{name: "cfcli", in: `defaults:⏎  token: §T⏎  email: ops@acme.io⏎`, path: ".cfcli.yml"},
	{name: "cfcli, a key", in: `defaults:⏎    token: §K⏎    email: ops@acme.io⏎    domain: acme.io⏎`, path: "home/.cfcli.yml"},
	{name: "python-cloudflare", in: `[CloudFlare]⏎email = ops@acme.io⏎key = §K⏎`},
	{name: "python-cloudflare, a token", in: `[CloudFlare]⏎token = §T⏎`},
	{name: "python-cloudflare, old", in: `[CloudFlare]⏎email=ops@acme.io⏎token=§K⏎certtoken=⏎`},
	{name: "flarectl", in: `{"api_key":"§K","email":"ops@acme.io"}`, path: "flarectl.json"},
	{name: "cloudflared, old", in: `TUNNEL_API_KEY=§K⏎TUNNEL_API_EMAIL=ops@acme.io⏎# cloudflared access⏎`},
	{name: "cf-terraforming", in: `cf-terraforming generate --token §T --zone §A --resource-type cloudflare_record⏎`},
	{name: "cf-terraforming, a key", in: `cf-terraforming --email ops@acme.io --key §K -z §A⏎`},
	{name: "cloud-init", in: `write_files:⏎- path: /etc/cloudflare.ini⏎  content: |⏎    dns_cloudflare_api_token = §T⏎`},
	{name: "cloud-init, base64", in: `- encoding: b64⏎  content: ⟦dns_cloudflare_email = ops@acme.io⏎dns_cloudflare_api_key = §K⏎⟧⏎`},

	// HTTP.
	{name: "curl", in: `curl -X GET "https://api.cloudflare.com/client/v4/user/tokens/verify" \⏎     -H "Authorization: Bearer §T" \⏎     -H "Content-Type:application/json"⏎`},
	{name: "curl, headers first", in: `curl -H "Authorization: Bearer §T" https://api.cloudflare.com/client/v4/zones⏎`},
	{name: "curl, a key", in: `curl "https://api.cloudflare.com/client/v4/zones" -H "X-Auth-Email: ops@acme.io" -H "X-Auth-Key: §K"⏎`},
	{name: "curl, key before mail", in: `curl -H 'X-Auth-Key: §K' -H 'X-Auth-Email: ops@acme.io' https://api.cloudflare.com/client/v4/user⏎`},
	{name: "curl, lower case, no space", in: `curl -H x-auth-email:ops@acme.io -H x-auth-key:§K https://api.cloudflare.com/client/v4/zones⏎`},
	{name: "curl, the old API", in: `curl https://www.cloudflare.com/api_json.html -d 'a=rec_load_all' -d 'tkn=§K' -d 'email=ops@acme.io' -d 'z=acme.io'⏎`},
	{name: "curl, the length of the old documents", in: `-H "X-Auth-Email: ops@acme.io" -H "X-Auth-Key: §L"⏎`},
	{name: "curl, oauth2-bearer", in: `curl --oauth2-bearer §T https://api.cloudflare.com/client/v4/accounts⏎`},
	{name: "curl config", in: `header = "Authorization: Bearer §T"⏎url = "https://api.cloudflare.com/client/v4/zones"⏎`},
	{name: "wget", in: `wget --header="Authorization: Bearer §T" -qO- https://api.cloudflare.com/client/v4/zones⏎`},
	{name: "HTTPie", in: `http https://api.cloudflare.com/client/v4/zones Authorization:"Bearer §T"⏎`},
	{name: "HTTPie, a key", in: `http api.cloudflare.com/client/v4/zones X-Auth-Email:ops@acme.io X-Auth-Key:§K⏎`},
	{name: "a request", in: "GET /client/v4/zones HTTP/1.1\r\nHost: api.cloudflare.com\r\nX-Auth-Email: ops@acme.io\r\nX-Auth-Key: §K\r\n\r\n"},
	{name: "a REST client", in: `@token = §T⏎GET https://api.cloudflare.com/client/v4/zones⏎Authorization: Bearer {{token}}⏎`},
	{name: "Postman, header", in: `{"key":"Authorization","value":"Bearer §T","type":"text"}],"url":{"raw":"https://api.cloudflare.com/client/v4/zones"}`},
	{name: "Postman, auth", in: `"auth":{"type":"bearer","bearer":[{"key":"token","value":"§T","type":"string"}]},"url":{"raw":"https://api.cloudflare.com/client/v4/user"}`},
	{name: "Postman, pretty", in: `"bearer": [⏎  {⏎    "key": "token",⏎    "value": "§T",⏎    "type": "string"⏎  }⏎],⏎"url": { "raw": "https://api.cloudflare.com/client/v4/zones" }⏎`},
	{name: "Postman, environment", in: `{"key":"cloudflare_token","value":"§T","enabled":true}`},
	{name: "Postman, a key", in: `{⏎⇥"key": "X-Auth-Key",⏎⇥"value": "§K",⏎⇥"type": "text"⏎}⏎`},
	{name: "Insomnia", in: `"url":"https://api.cloudflare.com/client/v4/zones","authentication":{"type":"bearer","token":"§T"}`},
	{name: "Insomnia, headers", in: `{"name":"X-Auth-Key","value":"§K","id":"pair_§A"}`},
	{name: "HAR", in: `{"request":{"method":"GET","url":"https://api.cloudflare.com/client/v4/zones","headers":[{"name":"Authorization","value":"Bearer §T"}]}}`},
	{name: "HAR, value first", in: `"headers":[{"value":"§K","name":"X-Auth-Key"},{"value":"ops@acme.io","name":"X-Auth-Email"}]`},
	{name: "an answer with a new token", in: `POST https://api.cloudflare.com/client/v4/user/tokens⏎{"success":true,"errors":[],"result":{"id":"§A","name":"edge","status":"active","value":"§T"}}⏎`},
	{name: "an answer with a rolled token", in: `curl -X PUT https://api.cloudflare.com/client/v4/user/tokens/§A/value⏎{"success":true,"errors":[],"messages":[],"result":"§T"}⏎`},
	{name: "a URL", in: `https://ddns.acme.io/update?cf_token=§T&host=home`},
	{name: "a URL, percent-encoded", in: `https://deploy.acme.io/?env=CLOUDFLARE_API_TOKEN%3D§T%26ZONE%3Dacme.io`},
	{name: "a form", in: `provider=cloudflare&email=ops%40acme.io&api_key=§K&zone=acme.io`},
	{name: "a form, bearer", in: `header=Authorization%3A%20Bearer%20§T&url=https%3A%2F%2Fapi.cloudflare.com%2Fclient%2Fv4`},
	{name: "a deploy button", in: `https://deploy.workers.cloudflare.com/?apiToken=§T`},
	{name: "AI gateway header", in: `cf-aig-authorization: Bearer §T⏎`},
	{name: "AI gateway", in: `fetch("https://gateway.ai.cloudflare.com/v1/§A/gw/workers-ai/@cf/meta/llama-3-8b", {headers: {Authorization: "Bearer §T"}})`},
	{name: "git config", in: `[http "https://api.cloudflare.com/"]⏎⇥extraHeader = Authorization: Bearer §T⏎`},
	{name: "netrc", in: `machine api.cloudflare.com⏎  login ops@acme.io⏎  password §K⏎`},
	{name: "netrc, one line", in: `machine api.cloudflare.com login token password §T⏎`},
	{name: "nginx", in: `location /purge {⏎  proxy_pass https://api.cloudflare.com/client/v4/zones/§A/purge_cache;⏎  proxy_set_header Authorization "Bearer §T";⏎}⏎`},
	{name: "nginx, a key", in: `proxy_set_header X-Auth-Email ops@acme.io;⏎proxy_set_header X-Auth-Key §K;⏎`},
	{name: "Apache", in: `RequestHeader set X-Auth-Key "§K"⏎RequestHeader set X-Auth-Email "ops@acme.io"⏎`},
	{name: "Prometheus", in: `    authorization:⏎      credentials: §T⏎    static_configs:⏎      - targets: ["api.cloudflare.com"]⏎`},

	// Code.
	{name: "Go, NewWithAPIToken", in: `api, err := cloudflare.NewWithAPIToken("§T")⏎`},
	{name: "Go, New", in: `api, err := cloudflare.New("§K", "ops@acme.io")⏎`},
	{name: "Go, option", in: `client := cloudflare.NewClient(option.WithAPIToken("§T"))⏎`},
	{name: "Go, option, a key", in: `client := cloudflare.NewClient(⏎⇥option.WithAPIKey("§K"),⏎⇥option.WithAPIEmail("ops@acme.io"),⏎)⏎`},
	{name: "Go, libdns", in: `provider := cloudflare.Provider{APIToken: "§T"}⏎`},
	{name: "Go, const", in: `const cfAPIToken = "§T"⏎`},
	{name: "Go, aligned constants", in: "const (\n\tcloudflareEmail  = \"ops@acme.io\"\n\tcloudflareAPIKey = \"§K\"\n)\n"},
	{name: "Go, in backquotes", in: "token := `§T` // Cloudflare\n"},
	{name: "Go, Setenv", in: `os.Setenv("CLOUDFLARE_API_TOKEN", "§T")⏎`},
	{name: "Go, Header.Set", in: `req, _ := http.NewRequest("GET", "https://api.cloudflare.com/client/v4/zones", nil)⏎req.Header.Set("Authorization", "Bearer "+"§T")⏎`},
	{name: "Go, Header.Set, a key", in: `req.Header.Set("X-Auth-Email", "ops@acme.io")⏎req.Header.Set("X-Auth-Key", "§K")⏎`},
	{name: "Go, a flag's default", in: `flag.String("cloudflare-token", "§T", "API token")⏎`},
	{name: "Go, getenv with default", in: `getenv("CF_API_TOKEN", "§T")⏎`},
	{name: "Python", in: `cf = CloudFlare.CloudFlare(token='§T')⏎`},
	{name: "Python, a key", in: `cf = CloudFlare.CloudFlare(email='ops@acme.io', key='§K')⏎`},
	{name: "Python, positional", in: `cf = CloudFlare.CloudFlare('ops@acme.io', '§K')⏎`},
	{name: "Python, SDK", in: `client = Cloudflare(api_email="ops@acme.io", api_key="§K")⏎`},
	{name: "Python, SDK, a token", in: `client = Cloudflare(⏎    api_token="§T",⏎)⏎`},
	{name: "Python, os.environ", in: `os.environ["CLOUDFLARE_API_TOKEN"] = "§T"⏎`},
	{name: "Python, os.environ.get", in: `TOKEN = os.environ.get('CF_API_TOKEN', '§T')⏎`},
	{name: "Python, headers", in: `headers = {'X-Auth-Email': 'ops@acme.io', 'X-Auth-Key': '§K'}⏎`},
	{name: "Python, bearer", in: `requests.get("https://api.cloudflare.com/client/v4/zones", headers={"Authorization": "Bearer §T"})⏎`},
	{name: "Python, f-string", in: `API_TOKEN = "§T"⏎headers = {"Authorization": f"Bearer {API_TOKEN}"}⏎requests.get("https://api.cloudflare.com/client/v4/user/tokens/verify", headers=headers)⏎`},
	{name: "Python, raw string", in: `CF_TOKEN = r'§T'⏎`},
	{name: "Python, bytes", in: `CLOUDFLARE_TOKEN = b"§T"⏎`},
	{name: "Python, a dict", in: `CLOUDFLARE = {"email": "ops@acme.io", "key": "§K", "zone": "§A"}⏎`},
	{name: "Python, annotated", in: `cloudflare_api_token: str = "§T"⏎`},
	{name: "notebook", in: `   "source": [⏎    "import os\n",⏎    "os.environ['CF_API_TOKEN'] = '§T'\n",⏎    "!wrangler deploy"⏎   ]⏎`},
	{name: "notebook, output", in: `     "text": [⏎      "{'X-Auth-Email': 'ops@acme.io', 'X-Auth-Key': '§K'}\n"⏎     ]⏎`},
	{name: "JavaScript", in: `const CLOUDFLARE_API_TOKEN = '§T';⏎`},
	{name: "JavaScript, SDK", in: `const client = new Cloudflare({ apiToken: '§T' });⏎`},
	{name: "JavaScript, SDK, a key", in: `var cf = require('cloudflare')({ email: 'ops@acme.io', key: '§K' });⏎`},
	{name: "JavaScript, fallback", in: `const token = process.env.CF_API_TOKEN || '§T';⏎`},
	{name: "JavaScript, nullish", in: `apiToken: process.env.CLOUDFLARE_API_TOKEN ?? "§T",⏎`},
	{name: "JavaScript, template", in: "headers: { Authorization: `Bearer §T` }, url: 'https://api.cloudflare.com/client/v4/zones'\n"},
	{name: "JavaScript, axios", in: `axios.post('https://api.cloudflare.com/client/v4/zones/§A/purge_cache', {purge_everything:true}, {headers:{'X-Auth-Email':'ops@acme.io','X-Auth-Key':'§K'}})`},
	{name: "JavaScript, minified", in: `function(e){var t={cfApiToken:"§T",zone:"§A"};return t}`},
	{name: "JavaScript, minified, no names", in: `fetch("https://api.cloudflare.com/client/v4/accounts/"+a+"/ai/run",{headers:{Authorization:"Bearer §T"},method:"POST"})`},
	{name: "JavaScript, define plugin", in: `new webpack.DefinePlugin({"process.env.CF_API_TOKEN": JSON.stringify("§T")})⏎`},
	{name: "JavaScript, replaced environment", in: `var o={NODE_ENV:"production",REACT_APP_CLOUDFLARE_TOKEN:"§T",PUBLIC_URL:""}.REACT_APP_CLOUDFLARE_TOKEN`},
	{name: "PM2", in: `env: { CLOUDFLARE_API_TOKEN: "§T", PORT: 3000 }⏎`},
	{name: "source map", in: `"sourcesContent":["import a from 'a';\nconst CF_API_TOKEN = '§T';\nexport default a;\n"]`},
	{name: "source map, a value behind an escape", in: `"sourcesContent":["# cloudflare token:\n§T\n"]`},
	{name: "JSON in JSON", in: `{"body":"{\"provider\":\"cloudflare\",\"api_token\":\"§T\"}"}`},
	{name: "JSON in JSON in JSON", in: `"{\\\"CLOUDFLARE_API_KEY\\\":\\\"§K\\\"}"`},
	{name: "unicode escapes", in: `data-props="{\u0022cloudflareApiToken\u0022:\u0022§T\u0022}"`},
	{name: "HTML entities", in: `<code>CF_API_KEY=&quot;§K&quot;</code>`},
	{name: "HTML entities, numbers", in: `X-Auth-Key: &#39;§K&#39;`},
	{name: "HTML input", in: `<input type="text" name="cloudflare_api_key" id="cloudflare_api_key" class="regular-text" value="§K">`},
	{name: "HTML input, value first", in: `<input value="§T" name="cf_api_token" type="password">`},
	{name: "TypeScript", in: `  private readonly cloudflareApiToken: string = '§T';⏎`},
	{name: "CDKTF", in: `new CloudflareProvider(this, "cf", { apiToken: "§T" });⏎`},
	{name: "package.json", in: `"deploy": "CF_API_TOKEN=§T wrangler publish",⏎`},
	{name: "cypress", in: `{"env": {"CF_API_TOKEN": "§T"}}`},
	{name: "PHP, define", in: `define('CLOUDFLARE_API_KEY', '§K');⏎define('CLOUDFLARE_EMAIL', 'ops@acme.io');⏎`},
	{name: "PHP, define, spaces", in: `define( "CLOUDFLARE_API_KEY", "§T" );⏎`},
	{name: "PHP, SDK", in: `$key = new Cloudflare\API\Auth\APIKey('ops@acme.io', '§K');⏎`},
	{name: "PHP, SDK, a token", in: `$auth = new \Cloudflare\API\Auth\APIToken('§T');⏎`},
	{name: "PHP, array", in: `'cloudflare' => [⏎    'email' => 'ops@acme.io',⏎    'key'   => '§K',⏎],⏎`},
	{name: "PHP, env", in: `'api_token' => env('CLOUDFLARE_API_TOKEN', '§T'),⏎`},
	{name: "PHP, curl", in: `curl_setopt($ch, CURLOPT_HTTPHEADER, array('X-Auth-Email: ops@acme.io', 'X-Auth-Key: §K'));⏎`},
	{name: "PHP, a variable", in: `$cloudflare_token = "§T";⏎`},
	{name: "WordPress option", in: `(412,'cloudflare_api_key','§K','yes'),(413,'cloudflare_api_email','ops@acme.io','yes')`},
	{name: "WordPress, serialized", in: `a:2:{s:18:"cloudflare_api_key";s:37:"§K";s:5:"email";s:11:"ops@acme.io";}`},
	{name: "WordPress, serialized token", in: `s:20:"cf_api_token_setting";a:1:{s:12:"cf_api_token";s:40:"§T";}`},
	{name: "Ruby", in: `Cloudflare.connect(key: "§K", email: "ops@acme.io")⏎`},
	{name: "Ruby, a token", in: `CLOUDFLARE_TOKEN = '§T'.freeze⏎`},
	{name: "Ruby, hash rocket", in: `:cloudflare_api_token => "§T",⏎`},
	{name: "Ruby, fetch", in: `ENV.fetch("CF_API_TOKEN", "§T")⏎`},
	{name: "Ruby, secrets", in: `production:⏎  cloudflare_key: §K⏎`},
	{name: "Java", in: `private static final String CLOUDFLARE_API_TOKEN = "§T";⏎`},
	{name: "Java, HttpRequest", in: `HttpRequest.newBuilder(URI.create("https://api.cloudflare.com/client/v4/zones")).header("Authorization", "Bearer §T").build();⏎`},
	{name: "Java, setter", in: `client.setCloudflareToken("§T");⏎`},
	{name: "Java, annotation", in: `@Value("${cloudflare.api-token:§T}")⏎`},
	{name: "properties", in: `cloudflare.api.key=§K⏎cloudflare.email=ops@acme.io⏎`},
	{name: "properties, spring", in: `cloudflare.api-token=§T⏎`},
	{name: "Spring YAML", in: `cloudflare:⏎  api:⏎    token: §T⏎    zone: acme.io⏎`},
	{name: "Kotlin", in: `val cfApiToken = "§T"⏎`},
	{name: "Kotlin, build config", in: `buildConfigField("String", "CLOUDFLARE_API_TOKEN", "\"§T\"")⏎`},
	{name: "Gradle", in: `cloudflareToken=§T⏎`},
	{name: "Android strings", in: `<string name="cloudflare_api_token">§T</string>⏎`},
	{name: "Swift", in: `let cloudflareAPIToken = "§T"⏎`},
	{name: "Swift, header", in: `request.addValue("§K", forHTTPHeaderField: "X-Auth-Key")⏎`},
	{name: "Swift, bearer", in: `var request = URLRequest(url: URL(string: "https://api.cloudflare.com/client/v4/zones")!)⏎request.setValue("Bearer §T", forHTTPHeaderField: "Authorization")⏎`},
	{name: "plist", in: `⇥<key>CloudflareAPIToken</key>⏎⇥<string>§T</string>⏎`},
	{name: "plist, launchd", in: `<key>EnvironmentVariables</key>⏎<dict>⏎<key>CF_API_KEY</key>⏎<string>§K</string>⏎</dict>⏎`},
	{name: "C#", in: `private const string CloudflareApiKey = "§K";⏎`},
	{name: "C#, headers", in: `client.DefaultRequestHeaders.Add("X-Auth-Key", "§K");⏎`},
	{name: "C#, bearer", in: `new HttpClient { BaseAddress = new Uri("https://api.cloudflare.com/client/v4/") }.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "§T");⏎`},
	{name: "appsettings.json", in: `"Cloudflare": {⏎    "Email": "ops@acme.io",⏎    "ApiKey": "§K"⏎  }⏎`},
	{name: "appsettings.json, a token", in: `{"CloudflareOptions":{"ApiToken":"§T"}}`},
	{name: "web.config", in: `<add key="CloudflareApiToken" value="§T" />⏎`},
	{name: "web.config, value first", in: `<add value="§K" key="Cloudflare:ApiKey" />⏎`},
	{name: "launchSettings.json", in: `"environmentVariables": { "CLOUDFLARE__APITOKEN": "§T" }⏎`},
	{name: "Rust", in: `let creds = Credentials::UserAuthToken { token: "§T".to_string() }; // cloudflare-rs⏎`},
	{name: "Rust, a key", in: `use cloudflare::framework::auth::Credentials;⏎Credentials::UserAuthKey { email: "ops@acme.io".into(), key: "§K".into() }⏎`},
	{name: "Rust, const", in: `const CF_API_TOKEN: &str = "§T";⏎`},
	{name: "an account's id before the token", in: `{"provider": "cloudflare", "token": "§A:§T"}`},
	{name: "C#, a service", in: `builder.Services.AddCloudflareClient("§T");⏎`},
	{name: "Workers AI as OpenAI", in: `ChatOpenAI(openai_api_key="§T", base_url="https://api.cloudflare.com/client/v4/accounts/§A/ai/v1")⏎`},
	{name: "drizzle", in: `driver: 'd1-http',⏎dbCredentials: {⏎  accountId: '§A',⏎  databaseId: process.env.D1!,⏎  token: '§T',⏎}⏎`},
	{name: "Drupal", in: `cloudflare:⏎  client_api_key: §K⏎  email: ops@acme.io⏎`},
	{name: "a parameter of an updater's URL", in: `http://localhost:8080/update?provider=cloudflare&token=§T&host=home⏎`},
	{name: "any name, of what is sent", in: `my $ua_token = '§T';⏎$ua->get('https://api.cloudflare.com/client/v4/zones', Authorization => "Bearer $ua_token");⏎`},
	{name: "any name, of what is sent, beside another call", in: `ip = requests.get("https://api.ipify.org").text⏎blob = "§T"⏎requests.put("https://api.cloudflare.com/client/v4/zones", headers={"Authorization": f"Bearer {blob}"})⏎`},
	{name: "any name, of what is sent, a key", in: `stuff=§K⏎curl -H "X-Auth-Key: $stuff" -H "X-Auth-Email: ops@acme.io" https://api.cloudflare.com/client/v4/zones⏎`},
	{name: "an answer of the API", in: `{"result":{"id":"§A","name":"dns","status":"active","issued_on":"2025-01-01T00:00:00Z","value":"§T"},"success":true,"errors":[],"messages":[]}`},
	{name: "Elixir", in: `config :cloudflare, auth_email: "ops@acme.io", auth_key: "§K"⏎`},
	{name: "Elixir, a token", in: `config :my_app, cloudflare_api_token: "§T"⏎`},
	{name: "Perl", in: `my $cf = Net::Cloudflare->new(email => 'ops@acme.io', key => '§K');⏎`},
	{name: "Lua", in: `local cloudflare_token = "§T"⏎`},
	{name: "C", in: `#define CLOUDFLARE_API_TOKEN "§T"⏎`},
	{name: "Arduino", in: `const char* cfApiToken = "§T";⏎const char* zoneId = "§A";⏎`},
	{name: "VB", in: `Public Const CloudflareKey As String = "§K"⏎`},
	{name: "R", in: `Sys.setenv(CLOUDFLARE_API_TOKEN = "§T")⏎`},
	{name: "Dart", in: `static const String cloudflareApiToken = '§T';⏎`},
	{name: "Scala", in: `cloudflare { api-token = "§T" }⏎`},
	{name: "SQL, update", in: `UPDATE settings SET value='§T' WHERE name='cloudflare_api_token';⏎`},
	{name: "SQL, insert", in: `INSERT INTO settings (name, value) VALUES ('cloudflare_api_key', '§K');⏎`},
	{name: "SQL, insert with columns", in: "INSERT INTO `providers` (`id`, `type`, `api_token`) VALUES (1,'cloudflare','§T');\n"},
	{name: "SQL, COPY", in: `COPY public.integrations (id, name, api_token, zone) FROM stdin;⏎1⇥cloudflare⇥§T⇥acme.io⏎\.⏎`},
	{name: "Mongo", in: `{"_id":{"$oid":"65b1f0c2e4b0a1a2b3c4d5e6"},"cloudflare":{"apiKey":"§K","email":"ops@acme.io"}}`},
	{name: "Redis", in: `SET cloudflare:token "§T"⏎`},
	{name: "Redis, its log", in: "*3\r\n$3\r\nSET\r\n$20\r\ncloudflare:api_token\r\n$40\r\n§T\r\n"},
	{name: "Redis, its log, a hash", in: "*4\r\n$4\r\nHSET\r\n$10\r\ncloudflare\r\n$7\r\napi_key\r\n$37\r\n§K\r\n"},
	{name: "pickle, protocol 2", in: "\x80\x02}q\x00(X\x0c\x00\x00\x00cf_api_tokenq\x01X(\x00\x00\x00§Tq\x02u."},
	{name: "pickle, protocol 4", in: "\x80\x04\x95A\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\ncf_api_key\x94\x8c%§K\x94s."},
	{name: "Java, objects", in: "\xac\xed\x00\x05sr\x00\x11java.util.HashMapt\x00\x0ccf_api_tokent\x00(§Tt\x00\x04zone"},
	{name: "MessagePack", in: "\x82\xb2cloudflare_api_key\xd9%§K\xa4zone\xa7acme.io"},
	{name: "protocol buffers", in: "\n\x12CLOUDFLARE_API_KEY\x12%§K\x1a\x0bops@acme.io"},
	{name: "GraphQL", in: `{"variables":{"input":{"name":"CLOUDFLARE_API_TOKEN","value":"§T"}}}`},
	{name: "MCP", in: `{"mcpServers":{"cloudflare":{"command":"npx","args":["mcp-remote","https://docs.mcp.cloudflare.com/sse"],"env":{"CLOUDFLARE_API_TOKEN":"§T"}}}}`},
	{name: "MCP, header", in: `{"cloudflare":{"url":"https://bindings.mcp.cloudflare.com/sse","headers":{"Authorization":"Bearer §T"}}}`},
	{name: "MCP, argument", in: `"args": ["-y", "@cloudflare/mcp-server-cloudflare", "run", "§A", "§T"]⏎`},
	{name: "agent's permissions", in: `{"permissions":{"allow":["Bash(CLOUDFLARE_API_TOKEN=§T npx wrangler:*)"]}}`},

	// Tables, INI, prose.
	{name: "CSV", in: `provider,email,api_key⏎cloudflare,ops@acme.io,§K⏎`},
	{name: "CSV, the vendor in the heading", in: `domain,cf_token,zone⏎acme.io,§T,§A⏎`},
	{name: "CSV, quotes", in: `"name","cloudflare_api_token"⏎"acme","§T"⏎`},
	{name: "CSV, CRLF", in: "email,cloudflare_key\r\nops@acme.io,§K\r\n"},
	{name: "CSV, password manager", in: `folder,favorite,type,name,notes,fields,login_uri,login_username,login_password⏎,,login,Cloudflare API,,,https://dash.cloudflare.com,ops@acme.io,§K⏎`},
	{name: "CSV, semicolons", in: `Konto;E-Mail;Cloudflare API Key⏎acme;ops@acme.io;§K⏎`},
	{name: "CSV, another column first", in: `CF_API_TOKEN,CF_ZONE_ID⏎§T,§A⏎`},
	{name: "CSV, of several rows", in: `id,email,cloudflare_api_key,created⏎1,ops@acme.io,§K,2020-01-01⏎2,dev@acme.io,§K,2020-01-02⏎`},
	{name: "psql", in: ` id | email | cloudflare_api_token⏎----+-------------+---------⏎  1 | ops@acme.io | §T⏎`},
	{name: "mysql", in: `+----+----------------------+⏎| id | cloudflare_api_token |⏎+----+----------------------+⏎|  1 | §T |⏎`},
	{name: "HTML, a table", in: `<tr><th>Service</th><th>Login</th></tr>⏎<tr><td>Cloudflare API</td><td>§T</td></tr>⏎`},
	{name: "spreadsheet", in: `<si><t>Service</t></si><si><t>Token</t></si><si><t>Cloudflare</t></si><si><t>§T</t></si><si><t>GitHub</t></si><si><t>x</t></si>`},
	{name: "spreadsheet, inline", in: `<c r="A1" t="inlineStr"><is><t>CF_API_TOKEN</t></is></c><c r="B1" t="inlineStr"><is><t>§T</t></is></c>`},
	{name: "TSV", in: `service⇥login⇥token⏎cloudflare⇥ops@acme.io⇥§T⏎`},
	{name: "markdown table", in: `| Variable | Value |⏎|---|---|⏎| CLOUDFLARE_API_TOKEN | §T |⏎`},
	{name: "markdown table, code", in: "| Cloudflare API key | `§K` | global |\n"},
	{name: "markdown table, the vendor in the row", in: "| Service | Token |\n|---|---|\n| Cloudflare | `§T` |\n"},
	{name: "markdown table, the name in the head", in: `| CF_API_TOKEN | CF_ZONE_ID |⏎|---|---|⏎| §T | §A |⏎`},
	{name: "markdown, code", in: "Set `CF_API_TOKEN` to `§T`.\n"},
	{name: "markdown, bold", in: `**Cloudflare API Token:** §T⏎`},
	{name: "markdown, list", in: "- Cloudflare\n  - Email: ops@acme.io\n  - Global API Key: §K\n"},
	{name: "markdown, a long list", in: "- **Cloudflare**\n" + strings.Repeat("  - host: www.acme.io, api.acme.io\n", 10) + "  - zone token → §T\n  - API key: §K\n"},
	{name: "YAML, a long block", in: "cloudflare:\n" + strings.Repeat("  - name: www\n    type: A\n", 12) + "  api_token: §T\n"},
	{name: "JSON, a long block", in: "\"cloudflare\": {\n" + strings.Repeat("    \"www.acme.io\": true,\n", 14) + "    \"token\": \"§T\"\n}\n"},
	{name: "markdown, fence", in: "```sh\nexport CLOUDFLARE_API_TOKEN=§T\n```\n"},
	{name: "markdown, heading", in: "## Cloudflare\n\nAPI token:\n\n```\n§T\n```\n"},
	{name: "wiki", in: `{{Infobox|cloudflare_key=§K}}⏎`},
	{name: "rst", in: `:Cloudflare token: §T⏎`},
	{name: "INI, section", in: `[cloudflare]⏎token = §T⏎`},
	{name: "INI, section, a key", in: `[cloudflare]⏎; account of ops⏎user=ops@acme.io⏎key=§K⏎`},
	{name: "TOML, section", in: `[providers.cloudflare]⏎auth_token = "§T"⏎`},
	{name: "registry", in: "\"CLOUDFLARE_API_TOKEN\"=\"§T\"\r\n"},
	{name: "YAML, folded", in: `cloudflare_api_token: >-⏎  §T⏎`},
	{name: "YAML, block", in: `CF_API_KEY: |⏎  §K⏎`},
	{name: "YAML, deep", in: `dns:⏎  cloudflare:⏎    - zone: acme.io⏎      credentials:⏎        token: §T⏎`},
	{name: "XML attribute", in: `<provider name="cloudflare" apiToken="§T"/>⏎`},
	{name: "XML element", in: `<cloudflare><email>ops@acme.io</email><apiKey>§K</apiKey></cloudflare>`},
	{name: "the dashboard", in: `Copy this token to access the Cloudflare API. For security this will not be shown again. Learn more⏎§T⏎Test this token⏎`},
	{name: "the dashboard, a key", in: `Your API Key⏎Protect this key like a password!⏎§K⏎This is your Global API Key for Cloudflare.⏎`},
	{name: "prose", in: `The Cloudflare API token is §T and it only works for acme.io.⏎`},
	{name: "prose, end of a sentence", in: `For now we use the global Cloudflare key §K.⏎`},
	{name: "prose, quotes", in: `our cloudflare token ("§T") leaked⏎`},
	{name: "prose, typographic quotes", in: `Cloudflare token “§T”⏎`},
	{name: "prose, brackets", in: `Cloudflare (key: §K, mail: ops@acme.io)⏎`},
	{name: "prose, the token first", in: `§T is the Cloudflare API token for staging⏎`},
	{name: "prose, cf", in: `here's the new CF token: §T⏎`},
	{name: "prose, login and key", in: `cloudflare: ops@acme.io / global api key §K⏎`},
	{name: "prose, an arrow", in: `Cloudflare API token -> §T⏎`},
	{name: "prose, API key for", in: `API key for Cloudflare: §K⏎`},
	{name: "prose, lines", in: `Cloudflare account⏎login: ops@acme.io⏎global key: §K⏎`},
	{name: "prose, German", in: `Der Cloudflare-API-Token lautet §T, bitte nicht weitergeben.⏎`},
	{name: "prose, German, key", in: `Cloudflare API-Schlüssel: §K⏎`},
	{name: "prose, French", in: `Le jeton API Cloudflare est : §T⏎`},
	{name: "prose, French, key", in: `Clé API globale Cloudflare : §K⏎`},
	{name: "prose, Spanish", in: `El token de la API de Cloudflare es §T⏎`},
	{name: "prose, Spanish, key", in: `Clave API global de Cloudflare: §K⏎`},
	{name: "prose, Portuguese", in: `Token de API da Cloudflare: §T⏎`},
	{name: "prose, Italian", in: `La chiave API di Cloudflare è §K⏎`},
	{name: "prose, Russian", in: `Токен Cloudflare API: §T⏎`},
	{name: "prose, Russian, key", in: `ключ от cloudflare §K почта ops@acme.io⏎`},
	{name: "prose, Chinese", in: `Cloudflare 的 API Token：§T⏎`},
	{name: "prose, Chinese, key", in: `Cloudflare 全局密钥：§K⏎`},
	{name: "prose, Japanese", in: `CloudflareのAPIトークンは「§T」です。⏎`},
	{name: "prose, Korean", in: `클라우드플레어(Cloudflare) API 토큰: §T⏎`},
	{name: "prose, Vietnamese", in: `API key của Cloudflare: §K⏎`},
	{name: "prose, Turkish", in: `Cloudflare API anahtarı: §K⏎`},
	{name: "chat", in: `[10:11] alice: cloudflare api token?⏎[10:12] bob: §T⏎`},
	{name: "chat, one message", in: `12/03/24, 10:11 - Bob: cloudflare token §T⏎`},
	{name: "chat, Slack export", in: `{"type":"message","user":"U024BE7LH","text":"CF_API_TOKEN is §T\nuse it","ts":"1709287872.000100"}`},
	{name: "chat, Slack export, code", in: "{\"text\":\"cloudflare token: `§T`\",\"ts\":\"1709287872.000100\"}"},
	{name: "mail", in: "Subject: Cloudflare access\r\n\r\nHi,\r\n\r\nAPI key: §K\r\nEmail: ops@acme.io\r\n"},
	{name: "mail, quoted-printable", in: "export CF_API_TOKEN=3D§T\r\n"},
	{name: "mail, quoted", in: `> > CLOUDFLARE_API_KEY=§K⏎> > CLOUDFLARE_EMAIL=ops@acme.io⏎`},
	{name: "diff", in: "-CF_API_TOKEN=${CF_API_TOKEN}\n+CF_API_TOKEN=§T\n"},
	{name: "diff, removed", in: `-  "cloudflare_api_key": "§K",⏎`},
	{name: "diff, alone", in: "+++ b/cloudflare.ini\n@@ -1 +1 @@\n-dns_cloudflare_api_token = §T\n+dns_cloudflare_api_token = §T\n"},
	{name: "commit message", in: `rotate cloudflare token, was §T⏎`},
	{name: "comment", in: `// TODO move to vault. cloudflare key §K⏎`},
	{name: "comment, block", in: `/* CF token: §T */⏎`},
	{name: "comment, XML", in: `<!-- cloudflare api key: §K -->⏎`},
	{name: "file called after it, bare key", in: `key: §K⏎`, path: "ops/cloudflare.yml"},
	{name: "file called after it, bare token", in: `token=§T⏎`, path: "Cloudflare/prod.env"},
	{name: "AppleScript", in: `set cfToken to "§T"⏎`},
	{name: "spreadsheet XML", in: `<si><t>Cloudflare API token</t></si><si><t>§T</t></si>`},
	{name: "OpenDocument", in: `<text:p>Cloudflare token: <text:span>§T</text:span></text:p>`},
	{name: "Zapier", in: `{"selected_api":"CloudflareAPI","authentication":{"api_token":"§T"}}`},
	{name: "Node-RED", in: `{"$":"cf","cloudflare-config":{"token":"§T"}}`},
	{name: "n8n", in: `{"name":"Cloudflare account","type":"cloudflareApi","data":{"apiToken":"§T"}}`},
	{name: "Grafana", in: `{"type":"cloudflare-datasource","secureJsonData":{"apiToken":"§T"}}`},
	{name: "Tasker", in: `<Str sr="arg3" ve="3">X-Auth-Email:ops@acme.io⏎X-Auth-Key:§K</Str>`},
	{name: "expo", in: `"extra": { "cloudflareToken": "§T" }⏎`},
	{name: "Streamlit", in: `[cloudflare]⏎account_id = "§A"⏎api_token = "§T"⏎`},
	{name: "binary", in: "\x00\x01\x7fELF\x02CLOUDFLARE_API_TOKEN\x00§T\x00\x00main.go\x00"},
	{name: "binary, strings", in: "X-Auth-Key\x00X-Auth-Email\x00ops@acme.io\x00§K\x00https://api.cloudflare.com/client/v4\x00"},
	{name: "protobuf", in: "\n\x14CLOUDFLARE_API_TOKEN\x12(§T"},
	{name: "byte order mark", in: "\ufeffCLOUDFLARE_API_TOKEN=§T\n"},
	{name: "no-break spaces", in: "CLOUDFLARE_API_TOKEN\u00a0=\u00a0§T\n"},
	{name: "zero width", in: "CF_API_TOKEN=\u200b§T\u200b\n"},

	// Scripts that have their token at the top and call the API further down.
	{name: "Python, the API far below", in: `#!/usr/bin/env python3⏎import requests⏎⏎API_TOKEN = "§T"⏎ZONE_ID = "§A"⏎RECORD = "home.acme.io"⏎⏎⏎def current_ip():⏎    return requests.get("https://api.ipify.org", timeout=10).text.strip()⏎⏎⏎def main():⏎    headers = {"Authorization": f"Bearer {API_TOKEN}", "Content-Type": "application/json"}⏎    url = f"https://api.cloudflare.com/client/v4/zones/{ZONE_ID}/dns_records"⏎`},
	{name: "shell, the API far below", in: `#!/bin/bash⏎TOKEN="§T"⏎ZONE="§A"⏎NAME="vpn.acme.io"⏎LOG=/var/log/ddns.log⏎⏎IP=$(curl -4 -s https://ifconfig.me)⏎OLD=$(dig +short "$NAME" @1.1.1.1)⏎if [ "$IP" = "$OLD" ]; then⏎  echo "$(date) unchanged" >> "$LOG"⏎  exit 0⏎fi⏎curl -s -X PATCH "https://api.cloudflare.com/client/v4/zones/$ZONE/dns_records/$ID" -H "Authorization: Bearer $TOKEN"⏎`},
	{name: "shell, a key, the API far below", in: `EMAIL="ops@acme.io"⏎KEY="§K"⏎ZONE="§A"⏎NAME="vpn.acme.io"⏎LOG=/var/log/ddns.log⏎⏎IP=$(curl -4 -s https://ifconfig.me)⏎OLD=$(dig +short "$NAME" @1.1.1.1)⏎if [ "$IP" = "$OLD" ]; then⏎  echo "$(date) unchanged" >> "$LOG"⏎  exit 0⏎fi⏎curl -s "https://api.cloudflare.com/client/v4/zones/$ZONE" -H "X-Auth-Email: $EMAIL" -H "X-Auth-Key: $KEY"⏎`},
	{name: "a bearer far below the API", in: `const url = 'https://api.cloudflare.com/client/v4/zones';⏎// ` + strings.Repeat("what it does, and why it does it so ", 9) + `⏎const headers = { Authorization: 'Bearer §T' };⏎`},
	{name: "a member of an object, Python", in: `class Client:⏎    def __init__(self):⏎        self.base = "https://api.cloudflare.com/client/v4"⏎        self.api_token = "§T"⏎`},
	{name: "a member of an object, TypeScript", in: `this.apiUrl = 'https://api.cloudflare.com/client/v4';⏎this.token = '§T';⏎`},
	{name: "a member of an object, Go", in: `cfg := cloudflare.NewDefaultConfig()⏎cfg.AuthToken = "§T"⏎`},
	{name: "a certificate of cloudflared", in: `-----BEGIN ARGO TUNNEL TOKEN-----⏎⟦{"zoneID":"§A","accountID":"§A","apiToken":"§T"}⟧⏎-----END ARGO TUNNEL TOKEN-----⏎`},
	{name: "a certificate of cloudflared, not in base64", in: `{"zoneID": "§A", "accountID": "§A", "apiToken": "§T"}⏎`},
	{name: "the API's answer to who makes a token", in: `{"result": {"id": "§A", "name": "dns", "status": "active", "policies": [{"id": "§A", "effect": "allow", "resources": {"com.cloudflare.api.account.zone.§A": "*"}, "permission_groups": [{"id": "§A", "name": "DNS Write"}]}], "value": "§T"}, "success": true}`},
	{name: "Terraform's state of a token", in: `"type": "cloudflare_api_token",⏎"attributes": {⏎  "policy": [{"effect": "allow", "permission_groups": ["§A", "§A"],⏎    "resources": {"com.cloudflare.api.account.zone.*": "*"}}],⏎  "status": "active",⏎  "value": "§T"⏎},⏎`},
	{name: "Terraform, a long description", in: `variable "cloudflare_api_token" {⏎  type = string⏎  description = <<-EOT⏎    ` + strings.Repeat("What it is for, and whom to ask for another. ", 7) + `⏎  EOT⏎  default = "§T"⏎}⏎`},
	{name: "Kubernetes, as kubectl prints a Secret", in: `apiVersion: v1⏎data:⏎  apiToken: ⟦§T⟧⏎kind: Secret⏎metadata:⏎  annotations:⏎    meta.helm.sh/release-name: external-dns⏎    meta.helm.sh/release-namespace: external-dns⏎  creationTimestamp: "2024-01-01T00:00:00Z"⏎  labels:⏎    app.kubernetes.io/managed-by: Helm⏎  name: external-dns-cloudflare⏎`},
	{name: "Doppler", in: `{"CLOUDFLARE_API_TOKEN":{"raw":"§T","computed":"§T"}}`},
	{name: "prose and a block of code", in: "## Cloudflare⏎⏎Here is the API token for DNS edits:⏎⏎```⏎§T⏎```⏎"},
	{name: "prose and a block of code in a language", in: "## Cloudflare⏎⏎The token to use is:⏎⏎```text⏎§T⏎```⏎"},
	{name: "Org mode", in: `* Cloudflare⏎  - API Token :: =§T=⏎`},
	{name: "Markdown, emphasis", in: `**CF_API_TOKEN** = *§T*⏎`},
	{name: "pfSense, character data", in: `<type>cloudflare</type>⏎<username></username>⏎<password><![CDATA[§T]]></password>⏎`},
	{name: "a token for R2", in: `R2_API_TOKEN=§T⏎`},
	{name: "a token for R2's catalog", in: `R2_CATALOG_TOKEN=§T⏎R2_WAREHOUSE=lake⏎`},
	{name: "a token for Stream", in: `CF_STREAM_TOKEN=§T⏎`},
	{name: "cloudflared's variable for a key", in: `TUNNEL_API_KEY=§K⏎`},
	{name: "SQLite, a record of two columns", in: "\x03\x35]cloudflare_api_token§T\x00\x00"},
	{name: "SQLite, a record with a date", in: "\x04\x35]\x21cloudflare_api_token§T2026-01-02 03:04:05\x02"},
	{name: "SQLite, a record with a key", in: "\x03\x31Wcloudflare_api_key§K\x00cloudflare_email"},
	{name: "SQLite, a record before another", in: "\x03\x31Wcloudflare_api_key§K4\x01\x03cloudflare_email"},
	{name: "Pulumi, Go", in: `&cloudflare.ProviderArgs{⏎	ApiToken: pulumi.String("§T"),⏎}⏎`},
	{name: "Pulumi, TypeScript", in: `new cloudflare.Provider("cf", { apiToken: pulumi.secret("§T") });⏎`},
	{name: "Pulumi, a name of Cloudflare's", in: `CLOUDFLARE_API_TOKEN: aws.String("§T"),⏎`},
	{name: "Terraform, sensitive", in: `provider "cloudflare" {⏎  api_token = sensitive("§T")⏎}⏎`},
	{name: "RouterOS", in: `:local CFtkn "§T"⏎:local CFtoken "§T"⏎`},
	{name: "UCI", in: `uci set ddns.wan.service_name='cloudflare.com-v4'⏎uci set ddns.wan.username='ops@acme.io'⏎uci set ddns.wan.password='§K'⏎`},
	{name: "UCI, a token", in: `uci set ddns.wan.service_name='cloudflare.com-v4'⏎uci set ddns.wan.username='Bearer'⏎uci set ddns.wan.password='§T'⏎`},
	{name: "properties", in: `ddns.provider=cloudflare⏎ddns.password=§T⏎`},
	{name: "dotenv, a word in the name", in: `CF_BLOG_API_TOKEN=§T⏎CF_API_TOKEN_BLOG=§T⏎CF_RS_AUTH_TOKEN=§T⏎`},
	{name: "dotenv, a word in the name of a key", in: `CF_BLOG_API_KEY=§K⏎CF_RS_AUTH_KEY=§K⏎`},
	{name: "dotenv, misspelled", in: `CLOUDFARE_API_TOKEN=§T⏎`},
	{name: "a client, by position", in: `var client = new CloudFlareClient("§T");⏎`},
	{name: "a client, by the second position", in: `client = CloudflareClient('§A', '§T')⏎`},
	{name: "octoDNS beside Amazon's", in: `providers:⏎  cf:⏎    class: octodns_cloudflare.CloudflareProvider⏎    token: §T⏎  r53:⏎    access_key_id: AKIACEKHDZW1YM1MEZGC⏎`},
	{name: "shell, a default without quotes", in: `CF_API_KEY=${CF_API_KEY:-§K}⏎CF_API_TOKEN=${CF_API_TOKEN:-§T}⏎`},
	{name: "shell, a default of what is not set", in: `CF_API_KEY=${CF_API_KEY-§K}⏎CF_API_TOKEN=${CF_API_TOKEN-§T}⏎`},
	{name: "Markdown, strong", in: `Cloudflare API token: **§T**⏎Global API Key: **§K**⏎Cloudflare API token: ***§T***⏎`},
	{name: "Markdown, strong with underscores", in: `Cloudflare API token: __§T__⏎Cloudflare Global API Key: __§K__⏎`},
	{name: "Textile", in: `|Cloudflare token|@§T@|⏎`},
	{name: "shell, an array over lines", in: `CF_TOKENS=(⏎  "§T"⏎  "§T"⏎  "§T"⏎)⏎`},
	{name: "YAML, a list", in: `cloudflare_api_tokens:⏎- §T⏎- §T⏎`},
	{name: "JSON, a list over lines", in: `"cf_tokens": [⏎  "§T",⏎  "§T"⏎],⏎`},
	{name: "YAML, a block of names", in: `CF_API_TOKENS:⏎  prod: §T⏎  blog: §T⏎`},
	{name: "beside a service key", in: `"X-Auth-User-Service-Key": "v1.0", "X-Auth-Key": "§K", "X-Auth-Email": "ops@acme.io"⏎`},
	{name: "colours, written out", in: `CF_API_TOKEN=\u001b[32m§T\u001b[0m⏎CF_API_TOKEN=^[[32m§T^[[0m⏎CF_API_TOKEN=\x1b[32m§T\x1b[0m⏎`},
	{name: "prose, a phrase", in: `Cloudflare API token for the new DNS job: §T⏎`},
	{name: "pfSense, acme", in: `<dns_cfcf_key>§K</dns_cfcf_key>⏎<dns_cfcf_token>§T</dns_cfcf_token>⏎`},
	{name: "godns", in: `provider: Cloudflare⏎login_token: §T⏎`},
	{name: "SQLite, a dump", in: `CREATE TABLE providers (id INTEGER, kind TEXT, login TEXT, secret TEXT);⏎INSERT INTO providers VALUES(1,'cloudflare','ops@acme.io','§K');⏎INSERT INTO providers VALUES(2,'cloudflare',NULL,'§T');⏎`},
	{name: "SQLite, a dump, in quotes", in: `CREATE TABLE "dns" ("id" INTEGER PRIMARY KEY, "provider" TEXT NOT NULL, "api_token" VARCHAR(64));⏎INSERT INTO "dns" VALUES(1,'cloudflare','§T');⏎`},
	{name: "a mail, quoted", in: `On Tue, 4 Mar 2025 at 10:12, Ops wrote:⏎> Cloudflare API token for the new zone is⏎>⏎> §T⏎>⏎> please keep it⏎`},
	{name: "a mail, quoted twice", in: `>> the Cloudflare token:⏎>>⏎>> §T⏎`},
	{name: "a vault's note", in: `{"type":2,"name":"Cloudflare API token","notes":"§T","secureNote":{"type":0}}`},
	{name: "a vault's note, over lines", in: `      "name": "Cloudflare API token",⏎      "notes": "§T",⏎`},
	{name: "C#, a client", in: `using CloudFlare.Client;⏎⏎var auth = new ApiTokenAuthentication("§T");⏎var client = new CloudFlareClient(auth);⏎`},
	{name: "C#, a client with a key", in: `using CloudFlare.Client;⏎var auth = new ApiKeyAuthentication("ops@acme.io", "§K");⏎`},
	{name: "JSON, a list on a line", in: `{"cf_tokens":["§T","§T","§T"],"zone":"acme.io"}⏎`},
	{name: "a key in a list", in: `{"accounts":[{"provider":"cloudflare","key":"§T"}]}`},
	{name: "a comment that ends in a semicolon", in: `// the Cloudflare token;⏎x = "§T";⏎`},
	{name: "prose that ends in a semicolon", in: `my cloudflare token is below;⏎§T⏎cf_token = see below⏎§T⏎`},
	{name: "a statement over two lines", in: `const cfToken =⏎  "§T";⏎`},
	{name: "a command of KV's, with a token", in: `CF_API_TOKEN=§T wrangler kv:key get --binding=X home⏎wrangler kv:key get home | curl -H "Authorization: Bearer §T" https://api.cloudflare.com/client/v4/zones⏎`},
	{name: "a secret mounted as a file", in: `§T`, path: "run/secrets/CF_DNS_API_TOKEN"},
}

// lookAlikes have the shape of API tokens and Global API keys, often with
// Cloudflare in the same breath, and are none.
var lookAlikes = []snippet{
	// Commits and other hashes.
	{name: "Actions, pinned", in: `      - uses: cloudflare/wrangler-action@§S⏎`},
	{name: "Actions, pinned with a version", in: `      - uses: cloudflare/pages-action@§S # v1.5.0⏎        with:⏎          apiToken: ${{ secrets.CLOUDFLARE_API_TOKEN }}⏎`},
	{name: "Actions, pinned beside a token's name", in: `          CLOUDFLARE_API_TOKEN: ${{ secrets.CF_API_TOKEN }}⏎      - uses: actions/checkout@§S⏎`},
	{name: "pre-commit", in: `- repo: https://github.com/cloudflare/cloudflared⏎  rev: §S⏎`},
	{name: "submodule", in: `Submodule vendor/cloudflare §S..§S:⏎`},
	{name: "submodule status", in: ` §S vendor/cloudflare-go (v0.86.0)⏎`},
	{name: "git log", in: `commit §S⏎Author: Ops <ops@acme.io>⏎⏎    rotate cloudflare token⏎`},
	{name: "git log, one line", in: `§S cloudflare: use api token⏎`},
	{name: "git log, key behind", in: `§S add CF_API_KEY⏎`},
	{name: "packed refs", in: `§S refs/heads/cloudflare-token⏎§S refs/tags/v1⏎`},
	{name: "FETCH_HEAD", in: "§S\tnot-for-merge\tbranch 'cf-api-key' of github.com/cloudflare/wrangler\n"},
	{name: "reflog", in: `§S §S Ops <ops@acme.io> 1633024800 +0000⇥commit: cloudflare api key⏎`},
	{name: "diff index", in: `index §S..§S 100644⏎--- a/cloudflare.ini⏎`},
	{name: "Dockerfile, ARG", in: `ARG CLOUDFLARED_COMMIT=§S⏎RUN git clone https://github.com/cloudflare/cloudflared⏎`},
	{name: "Dockerfile, COMMIT", in: `ARG COMMIT=§S # cloudflare-ddns⏎`},
	{name: "dotenv, commit", in: `CF_PAGES=1⏎CF_PAGES_COMMIT_SHA=§S⏎CF_PAGES_BRANCH=main⏎`},
	{name: "dotenv, deployment", in: `CLOUDFLARE_DEPLOYMENT_SHA=§S⏎`},
	{name: "dotenv, version", in: `CLOUDFLARE_VERSION=§S⏎`},
	{name: "dotenv, git ref beside a token", in: `CF_API_TOKEN=⏎GIT_COMMIT=§S⏎`},
	{name: "Go, pseudo-version", in: `⇥github.com/cloudflare/circl v1.3.7-0.20240101000000-§S⏎`},
	{name: "Gopkg.lock", in: `  name = "github.com/cloudflare/cfssl"⏎  revision = "§S"⏎`},
	{name: "glide.lock", in: `- name: github.com/cloudflare/cloudflare-go⏎  version: §S⏎`},
	{name: "Godeps", in: `"ImportPath": "github.com/cloudflare/cloudflare-go",⏎"Rev": "§S"⏎`},
	{name: "vendor.json", in: `{"checksumSHA1":"§S","path":"github.com/cloudflare/golz4","revision":"§S"}`},
	{name: "cargo lock", in: `source = "git+https://github.com/cloudflare/boring#§S"⏎`},
	{name: "cargo rev", in: `quiche = { git = "https://github.com/cloudflare/quiche", rev = "§S" }⏎`},
	{name: "flake.lock", in: `"cloudflared": {⏎"locked": {⏎"lastModified": 1700000000,⏎"owner": "cloudflare",⏎"rev": "§S",⏎"type": "github"⏎`},
	{name: "nix fetch", in: `  owner = "cloudflare";⏎  rev = "§S";⏎  sha256 = "§D";⏎`},
	{name: "package-lock, sha1", in: `"cloudflare": {"version":"2.9.1","resolved":"https://registry.npmjs.org/cloudflare/-/cloudflare-2.9.1.tgz#§S"}`},
	{name: "package-lock, integrity", in: `"wrangler": {"integrity": "sha512-§T§T+/§N§T=="}`},
	{name: "yarn, git", in: `"cloudflare@git+https://github.com/cloudflare/node-cloudflare.git#§S":⏎`},
	{name: "npm shasum", in: `npm notice shasum: §S⏎npm notice name: @cloudflare/workers-types⏎`},
	{name: "composer.lock", in: `"name": "cloudflare/sdk",⏎"source": {"type": "git", "reference": "§S"},⏎"dist": {"shasum": "§S"}⏎`},
	{name: "Gemfile.lock", in: `  remote: https://github.com/cloudflare/cf-ruby⏎  revision: §S⏎`},
	{name: "Podfile.lock", in: `SPEC CHECKSUMS:⏎  Cloudflare: §S⏎`},
	{name: "elixir mix.lock", in: `"cloudflare": {:git, "https://github.com/acme/cloudflare.git", "§S", []},⏎`},
	{name: "homebrew", in: `  url "https://github.com/cloudflare/cloudflared.git", tag: "2024.1.0", revision: "§S"⏎`},
	{name: "checksums", in: `§S  cloudflared-linux-amd64⏎§S  cloudflared-darwin-arm64.tgz⏎`},
	{name: "checksums, BSD", in: `SHA1 (cloudflared.tgz) = §S⏎`},
	{name: "checksums, JSON", in: `{"file":"cloudflare.js","sha1":"§S"}`},
	{name: "ETag", in: `GET https://api.cloudflare.com/client/v4/user/tokens⏎etag: "§S"⏎`},
	{name: "ETag, weak", in: `etag: W/"28-§T"⏎server: cloudflare⏎`},
	{name: "fingerprint of a key", in: `cloudflare api key fingerprint: §S⏎`},
	{name: "hash of a key", in: `CLOUDFLARE_API_KEY_SHA1=§S⏎`},
	{name: "hash of a token", in: `cf_token_hash: §S⏎`},
	{name: "scanner baseline", in: `"cloudflare.ini": [{"type": "Secret Keyword", "hashed_secret": "§S", "is_verified": false, "line_number": 2}]`},
	{name: "gitleaks ignore", in: `§S:cloudflare.env:cloudflare-api-key:3⏎`},
	{name: "Actions cache", in: `        key: ${{ runner.os }}-cloudflare-§S⏎`},
	{name: "cache key", in: `cache_key: cloudflare_§S⏎`},
	{name: "CI log, commit", in: `Uploading to Cloudflare Pages with api token ***, commit §S⏎`},
	{name: "wrangler, message", in: `wrangler pages publish dist --commit-hash §S --project-name site⏎`},
	{name: "a browser's old cookie", in: `Cookie: __cfduid=d§A1550000000; path=/⏎`},
	{name: "torrent", in: `magnet:?xt=urn:btih:§S&dn=cloudflare⏎`},
	{name: "Ethereum", in: `cloudflare-eth.com token 0x§S⏎`},
	{name: "certificate", in: `Cloudflare Inc ECC CA-3 SHA1 Fingerprint=§S⏎`},
	{name: "certificate, key id", in: `X509v3 Subject Key Identifier: §S, issuer Cloudflare⏎`},
	{name: "GPG key", in: `gpg --recv-keys §S # cloudflare⏎`},
	{name: "Codeforces", in: `CF_API_KEY=§S⏎CF_API_SECRET=§S⏎CF_HANDLE=tourist⏎`},
	{name: "Codeforces, named", in: `# https://codeforces.com/settings/api⏎CF_KEY=§S⏎CF_SECRET=§S⏎`},
	{name: "Codeforces, JSON", in: `{"codeforces":{"key":"§S","secret":"§S"}}`},
	{name: "R2 objects", in: `<Key>build/§S.tar</Key><ETag>"§A"</ETag>`},

	// Others' credentials, with Cloudflare's beside them.
	{name: "GitHub", in: `GITHUB_TOKEN=ghp_§G⏎CLOUDFLARE_API_TOKEN=⏎`},
	{name: "GitHub, called after Cloudflare", in: `CLOUDFLARE_PAGES_GH_TOKEN=ghp_§G⏎`},
	{name: "GitHub, the old format", in: `# cloudflare pages⏎GITHUB_TOKEN=§S⏎GH_TOKEN=§S⏎`},
	{name: "GitHub, actions", in: `    token: ghs_§G⏎    apiToken: ${{ secrets.CLOUDFLARE_API_TOKEN }}⏎`},
	{name: "npm", in: `//registry.npmjs.org/:_authToken=npm_§G # cloudflare⏎`},
	{name: "npm, the name", in: `NPM_TOKEN=npm_§G⏎CF_API_TOKEN=$CF_API_TOKEN⏎`},
	{name: "AWS", in: `CLOUDFLARE_EMAIL=ops@acme.io⏎AWS_SECRET_ACCESS_KEY=§T⏎`},
	{name: "AWS, credentials file", in: `[cloudflare-backup]⏎aws_access_key_id = AKIA§NQYLPMN5HBVKW3XCD⏎aws_secret_access_key = §T⏎`},
	{name: "AWS, Terraform", in: `provider "cloudflare" {}⏎provider "aws" {⏎  access_key = "AKIA§NQYLPMN5HBVKW3XCD"⏎  secret_key = "§T"⏎}⏎`},
	{name: "AWS, YAML", in: `cloudflare:⏎  enabled: true⏎aws:⏎  secretAccessKey: §T⏎`},
	{name: "Heroku", in: `HEROKU_API_KEY=§T⏎CF_API_KEY=⏎`},
	{name: "DigitalOcean", in: `DIGITALOCEAN_TOKEN=§T⏎CLOUDFLARE_API_TOKEN=changeme⏎`},
	{name: "Hetzner", in: `HCLOUD_TOKEN=§T⏎CLOUDFLARE_API_TOKEN=⏎`},
	{name: "Linode", in: `export LINODE_TOKEN=§D⏎export CF_API_TOKEN=⏎export VULTR_API_KEY=§T⏎`},
	{name: "CurseForge", in: `CURSEFORGE_API_TOKEN=§T⏎CF_PROJECT_ID=238222⏎`},
	{name: "CurseForge, shortened", in: `# CurseForge⏎CURSEFORGE_TOKEN=§T⏎`},
	{name: "Codefresh", in: `CODEFRESH_API_KEY=§T⏎`},
	{name: "CloudFoundry", in: `CLOUDFOUNDRY_TOKEN=§T⏎cf login -a https://api.run.acme.io⏎`},
	{name: "CloudFront", in: `CLOUDFRONT_KEY_SECRET=§T⏎CDN=cloudflare⏎`},
	{name: "Sentry", in: `SENTRY_AUTH_TOKEN=§T⏎CF_API_TOKEN=⏎`},
	{name: "Sonar", in: `sonar.login=§S⏎sonar.projectName=cloudflare⏎`},
	{name: "Codecov", in: `CODECOV_TOKEN=§T # not cloudflare⏎`},
	{name: "Stripe", in: `STRIPE_SECRET_KEY=§T⏎TURNSTILE_SITE_KEY=0x4AAAAAAADnPIDROrmt1Wwj⏎# cloudflare⏎`},
	{name: "OpenAI", in: `OPENAI_API_KEY=§T⏎OPENAI_BASE_URL=https://gateway.ai.cloudflare.com/v1/§A/gw/openai⏎`},
	{name: "Telegram", in: `TELEGRAM_BOT_TOKEN=§T⏎CLOUDFLARE_ACCOUNT_ID=§A⏎`},
	{name: "Discord", in: `DISCORD_TOKEN=§T⏎CF_ACCOUNT_ID=§A⏎`},
	{name: "hCaptcha", in: `HCAPTCHA_SECRET=§T⏎# or cloudflare turnstile⏎`},
	{name: "reCAPTCHA", in: `RECAPTCHA_SECRET_KEY=§T⏎CLOUDFLARE_TURNSTILE=false⏎`},
	{name: "Supabase", in: `SUPABASE_SERVICE_TOKEN=§T⏎CF_API_TOKEN=${CF_API_TOKEN}⏎`},
	{name: "another bearer", in: `curl -H "Authorization: Bearer §T" https://api.vultr.com/v2/instances⏎`},
	{name: "another API's X-Auth-Key", in: `curl -H "X-Auth-Key: §S" https://api.acme.io/v1/objects⏎`},
	{name: "OpenStack", in: `X-Auth-User: ops⏎X-Auth-Key: §S⏎X-Storage-Url: https://swift.acme.io⏎`},
	{name: "a token of nobody", in: `API_TOKEN=§T⏎ZONE=acme.io⏎`},
	{name: "a key of nobody", in: `key: §K⏎`},
	{name: "Django", in: `SECRET_KEY = '§T'⏎CLOUDFLARE_ZONE = 'acme.io'⏎DJANGO_SECRET_KEY=§T⏎`},
	{name: "WordPress salts", in: `define('NONCE_SALT', '§T');⏎define('AUTH_SALT', '§T');⏎define('CLOUDFLARE_EMAIL', 'ops@acme.io');⏎`},
	{name: "Rails session", in: `_cloudflare_session=§T; path=/⏎`},
	{name: "NextAuth", in: `NEXTAUTH_SECRET=§T⏎CLOUDFLARE_API_TOKEN=your-token⏎`},
	{name: "JWT secret", in: `JWT_SECRET=§T⏎CF_ZONE=acme.io⏎`},
	{name: "webhook secret", in: `CLOUDFLARE_WEBHOOK_SECRET=§T⏎`},
	{name: "other DNS providers", in: `CF_API_TOKEN=⏎DO_AUTH_TOKEN=⏎GANDI_API_KEY=⏎HETZNER_API_KEY=§T⏎NAMECHEAP_API_KEY=§A⏎`},
	{name: "influx", in: `INFLUX_TOKEN=§T⏎# metrics of cloudflare⏎`},
	{name: "Grafana", in: `GRAFANA_API_KEY=§T # dashboards for cloudflare⏎`},

	// What Cloudflare publishes, and what is not a credential.
	{name: "web analytics", in: `<script defer src='https://static.cloudflareinsights.com/beacon.min.js' data-cf-beacon='{"token": "§A"}'></script>`},
	{name: "zone and account", in: `CLOUDFLARE_ZONE_ID=§A⏎CLOUDFLARE_ACCOUNT_ID=§A⏎CF_API_TOKEN_ID=§A⏎`},
	{name: "turnstile sitekey", in: `<div class="cf-turnstile" data-sitekey="0x4AAAAAAADnPIDROrmt1Wwj"></div>`},
	{name: "turnstile response", in: `cf-turnstile-response=0.§T.§T.§A`},
	{name: "Access JWT", in: `Cf-Access-Jwt-Assertion: eyJhbGciOiJSUzI1NiIsImtpZCI6IjkzMzhhYmUxYmFmMmZlNDkyZjY0.§T.§T⏎`},
	{name: "Access cookie", in: `CF_Authorization=eyJhbGciOiJSUzI1NiJ9.§T.§T⏎`},
	{name: "Access audience", in: `CF_ACCESS_AUD=§D⏎`},
	{name: "cf_clearance", in: `cf_clearance=§T-1700000000-0-AT⏎`},
	{name: "cf_clearance alone", in: `Cookie: cf_clearance=§T⏎`},
	{name: "__cf_bm", in: `set-cookie: __cf_bm=§T; path=/; domain=.acme.io⏎`},
	{name: "__cf_chl_tk", in: `https://acme.io/?__cf_chl_tk=§T-1700000000-0-gaNycGzNDuU⏎`},
	{name: "challenge options", in: `window._cf_chl_opt={cvId:'3',cRay:'84b1c2d3e4f5a6b7',cH:'§T',cUPMDTk:"\/?__cf_chl_tk=§T"}`},
	{name: "CF-RAY", in: `cf-ray: 84b1c2d3e4f5a6b7-FRA⏎cf-cache-status: HIT⏎x-request-id: §T⏎server: cloudflare⏎`},
	{name: "nonce", in: `<script nonce="§T" src="/cdn-cgi/challenge-platform/cloudflare.js"></script>`},
	{name: "CSRF", in: `<meta name="csrf-token" content="§T"><script src="https://cdnjs.cloudflare.com/ajax/libs/jquery/3.6.0/jquery.min.js"></script>`},
	{name: "CSRF, Laravel", in: `<input type="hidden" name="_token" value="§T"><script src="https://cdnjs.cloudflare.com/ajax/libs/vue/2.7.0/vue.min.js"></script>`},
	{name: "integrity", in: `<link href="https://cdnjs.cloudflare.com/a.css" integrity="sha256-§N§T=" crossorigin="anonymous">`},
	{name: "a file on cdnjs", in: `https://cdnjs.cloudflare.com/ajax/libs/x/1.0/§T.js⏎`},
	{name: "Pages deployment", in: `https://§A.site.pages.dev cloudflare token page⏎`},
	{name: "R2 public bucket", in: `https://pub-§A.r2.dev/cloudflare/§T.png⏎`},
	{name: "Images", in: `https://imagedelivery.net/ZWd9g1K7eljCn_KDTu_MWA/§T/public # cloudflare⏎`},
	{name: "Stream", in: `https://customer-f33zs165nr7gyfy4.cloudflarestream.com/§A/manifest/video.m3u8⏎`},
	{name: "Worker's asset", in: `"/assets/index-§T.js" // cloudflare pages⏎`},
	{name: "webpack chunks", in: `{cloudflare:"§S",token:"§S".slice(0,8)}[e]+".chunk.js"`},
	{name: "CSS modules", in: `.cloudflareToken__§T { color: red }⏎.Button_cloudflareKey__a7Qx { }⏎`},
	{name: "service worker", in: `{url:"/cloudflare.html",revision:"§A"},{url:"/token.js",revision:"§S"}`},
	{name: "an identifier", in: `func TestCloudflareTokenRotation4RetriesOn(t *testing.T) {⏎`},
	{name: "an identifier of 40", in: `cloudflareToken := newCloudflareAccountTokenProvider2ForEnv()⏎`},
	{name: "an identifier behind a name", in: `api_token: getCloudflareDnsTokenFromVaultByName42XY⏎`},
	{name: "a type", in: `token: CloudflareApiTokenPermissionGroupsV4List⏎`},
	{name: "an environment's name", in: `apiToken: PRODUCTION_Cloudflare_API_Token_2024_XY1⏎`},
	{name: "a slug", in: `cloudflare token: https://acme.io/blog/How-To-Rotate-4-Cloudflare-Tokens-Safely⏎`},
	{name: "a slug alone", in: `cloudflare-token: How-to-rotate-4-cloudflare-tokens-safe-1⏎`},
	{name: "a heading's anchor", in: `[Cloudflare token](#Create-an-API-token-4-the-Cloudflare-DNS)⏎`},
	{name: "a path", in: `cloudflare_token_file: /run/secrets/§T⏎`},
	{name: "a file name", in: `cloudflare token in §T.json⏎`},
	{name: "a secret's reference", in: `CLOUDFLARE_API_TOKEN: op://vault/§T/credential⏎`},
	{name: "a vault's path", in: `cf_token: vault:secret/data/§T#token⏎`},
	{name: "an ARN", in: `CF_API_TOKEN: arn:aws:secretsmanager:eu-west-1:123456789012:secret:cloudflare/§T⏎`},
	{name: "a mail address", in: `cloudflare token to §T@acme.io⏎`},
	{name: "a call", in: `cloudflareToken = §T(ctx)⏎`},
	{name: "a member", in: `cloudflareKey = §T.value⏎`},
	{name: "a message id", in: `Message-ID: <§T@mail.cloudflare.com>⏎`},
	{name: "a UUID", in: `cf_token: 8b6a3c1e-4f7d-4a2b-9c3d-7e5f1a2b3c4d⏎`},
	{name: "a UUID and more", in: `cf_token: 8b6a3c1e-4f7d-4a2b-9c3d-7e5f1a2b3c4d-Ab1⏎`},
	{name: "base64 of an image", in: `cloudflare token logo: data:image/png;base64,iVBORw0KGgo§T§T/§T==⏎`},
	{name: "base64 of a token's length", in: `cloudflare: api_token: §T==⏎`},
	{name: "longer by one", in: `CLOUDFLARE_API_TOKEN=§TQ⏎`},
	{name: "much longer", in: `CLOUDFLARE_API_TOKEN=§T§T⏎`},
	{name: "shorter by one", in: `CLOUDFLARE_API_TOKEN=a7Qzr4kWn8bVt2mXp6cYs9dLf3gHj5vNe1uRo0i⏎`},
	{name: "two words of 40", in: `CLOUDFLARE_API_KEY=§A-1234567⏎`},
	{name: "a shortened key", in: `CLOUDFLARE_API_KEY=§A1a2b⏎`},
	{name: "key in capitals", in: `CLOUDFLARE_API_KEY=144C9DEFAC04969C7BFAD8EFAA8EA194B1C2D⏎`},
	{name: "key of digits only", in: `CLOUDFLARE_API_KEY=9081726354718293645019283746501928374⏎`},
	{name: "a masked token", in: `CLOUDFLARE_API_TOKEN=a7Qz********************************kWn8⏎`},
	{name: "an SSH key", in: `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI§T+k cloudflare-token⏎`},
	{name: "a DKIM record", in: `cloudflare._domainkey TXT "v=DKIM1; k=rsa; p=MIGf§T/§T+§T"⏎`},
	{name: "a TXT record", in: `_acme-challenge.acme.io. 120 IN TXT "§T" ; cloudflare⏎`},
	{name: "a site verification", in: `acme.io. 300 IN TXT "google-site-verification=§T" ; cloudflare token⏎`},
	{name: "DNSSEC", in: `acme.io. 3600 IN DS 2371 13 1 §S ; cloudflare key⏎`},

	// Encrypted, referred to, made up.
	{name: "sops", in: `cloudflare_api_token: ENC[AES256_GCM,data:§T,iv:§T=,tag:§A==,type:str]⏎`},
	{name: "sops, mac", in: `cloudflare_token: ""⏎sops:⏎    mac: ENC[AES256_GCM,data:§T/§T=,type:str]⏎`},
	{name: "Pulumi, secure", in: `config:⏎  cloudflare:apiToken:⏎    secure: AAABAN§T/§T+§N§A==⏎`},
	{name: "ansible-vault", in: `cloudflare_api_token: !vault |⏎  $ANSIBLE_VAULT;1.1;AES256⏎  §S§S⏎  §S§S⏎`},
	{name: "dotenvx", in: `CLOUDFLARE_API_TOKEN="encrypted:BK§T§T+/§T="⏎`},
	{name: "sealed secret", in: `kind: SealedSecret⏎metadata:⏎  name: cloudflare-api-token⏎spec:⏎  encryptedData:⏎    api-token: AgB§T§T/§T+§T==⏎`},
	{name: "git-crypt", in: "cloudflare token\x00GITCRYPT\x00\x93\x8f§S\x8e\x91"},
	{name: "Travis, secure", in: `    - secure: "§T/§T+§T=" # CF_API_KEY⏎`},
	{name: "Jenkins, encrypted", in: `<id>cloudflare</id><secret>{AQAAABAAAAAw§T+§T/§N=}</secret>`},
	{name: "eyaml", in: `cloudflare::api_key: ENC[PKCS7,MIIBi§T§T+§T/]⏎`},
	{name: "age", in: `# cloudflare token⏎-----BEGIN AGE ENCRYPTED FILE-----⏎YWdl§T+§T⏎-----END AGE ENCRYPTED FILE-----⏎`},
	{name: "a variable", in: `CLOUDFLARE_API_TOKEN=${CLOUDFLARE_API_KEY_FROM_Vault_2024_abcDEF}⏎`},
	{name: "a template", in: `CF_API_TOKEN: {{ cloudflareApiTokenFromVaultOfTheTeam2024 }}⏎`},
	{name: "angle brackets", in: `CLOUDFLARE_API_TOKEN=<Your-Cloudflare-API-Token-Goes-Here-2024>⏎`},
	{name: "your token", in: `CLOUDFLARE_API_TOKEN=Your_Cloudflare_Api_Token_With_40_Chars1⏎`},
	{name: "xxxx", in: `CF_API_TOKEN=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx⏎CF_TOKEN=Xx1Xx1Xx1Xx1Xx1Xx1Xx1Xx1Xx1Xx1Xx1Xx1Xx1X⏎`},
	{name: "partly xxxx", in: `CF_API_TOKEN=a7Qz4kWn8bxxxxxxxxxxxxxxxxxxxxYs9dLf3gHj⏎`},
	{name: "a row of letters", in: `CLOUDFLARE_API_TOKEN=ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghij0123⏎`},
	{name: "a row of digits", in: `CF_Token="1234567890abcdefghijABCDEFGHIJ1234567890"⏎`},
	{name: "a row in hexadecimal", in: `CLOUDFLARE_API_KEY=0123456789abcdef0123456789abcdef01234⏎`},
	{name: "another row in hexadecimal", in: `CF_API_KEY=1234567890abcdef1234567890abcdef12345⏎`},
	{name: "aaaa", in: `cloudflare.New("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "ops@acme.io")⏎`},
	{name: "dead beef", in: `X-Auth-Key: deadbeefdeadbeefdeadbeefdeadbeefdeadb⏎`},
	{name: "zeros", in: `X-Auth-Key: 0000000000000000000000000000000000000⏎`},
	{name: "two characters", in: `CLOUDFLARE_API_KEY=abababababababababababababababababab1⏎`},
	{name: "fake", in: `CLOUDFLARE_API_TOKEN=FakeTokenForUnitTests_0123_doNotUse_9aBc⏎`},
	{name: "dummy", in: `cf_api_token: "Dummy-CF-API-Token-1234567890-abcdefg-XY"⏎`},
	{name: "test", in: `CloudFlare(token="TEST1234567890TESTtest1234567890TESTtest")⏎`},
	{name: "change me", in: `CF_API_TOKEN=ChangeMe-ChangeMe-ChangeMe-ChangeMe-1234⏎`},
	{name: "redacted", in: `CLOUDFLARE_TOKEN=REDACTED_a7Qz4kWn8bVt2mXp6cYs9dLf_REDACT⏎`},
	{name: "an example in Spanish", in: `CLOUDFLARE_API_TOKEN=Tu_Token_De_Cloudflare_Aqui_1234567890aB⏎`},
	{name: "replace", in: `CF_TOKEN="REPLACE_ME_with_your_real_API_token_4040"⏎`},
	{name: "repeated", in: `CF_API_TOKEN=a7Qz4kWn8ba7Qz4kWn8ba7Qz4kWn8ba7Qz4kWn8b⏎`},
	{name: "published: the API's documents", in: `curl https://api.cloudflare.com/client/v4/user/tokens/verify -H "Authorization: Bearer Sn3lZJTBX6kk§Ng7OdcBUAxOO963GEIyGQqnFTOFYY"⏎`},
	{name: "published: the schema", in: `CLOUDFLARE_API_TOKEN=8M7wS6hCpXVc-DoRn§NPPY_UCWPgy8aea4Wy6kCe5T⏎`},
	{name: "published: older documents", in: `Authorization: Bearer YQSn-xWAQiiEh9qM§N58wZNnyQS7FUdoqGIUAbrh7T⏎https://api.cloudflare.com⏎`},
	{name: "published: cf-terraforming", in: `export CLOUDFLARE_API_TOKEN='Hzsq3Vub-7Y-hSTlAaLH§N3Jq_YfTUOCcgf22_Fs-j'⏎`},
	{name: "published: WordPress", in: `define('CLOUDFLARE_API_KEY', 'sj7RQrrRxD1ED5W3§N12NVoDpJIOd7XbFgpEM7zTRa');⏎`},
	{name: "published: acme.sh", in: `export CF_Token="Y_jpG9AnfQmuX5Ss9M_§NqaNab6SQwme3HWXNDzRWs"⏎`},
	{name: "published: certbot", in: `dns_cloudflare_api_token = 0123456789abcdef01234§N56789abcdef01234567⏎`},
	{name: "published: certbot, a key", in: `dns_cloudflare_api_key = 0123456789abcdef0123§N456789abcdef01234⏎`},
	{name: "published: a key of the old documents", in: `-H "X-Auth-Email: user@example.com" -H "X-Auth-Key: c2547eb745079dac9320§Nb638f5e225cf483cc5cfdda41"⏎`},
	{name: "published: lego", in: `CLOUDFLARE_EMAIL=you@example.com CLOUDFLARE_API_KEY=b9841238feb177a84330§Nfebba8a83208921177bffe733 lego⏎`},
	{name: "published: account tokens", in: `X-Auth-Key: 1234567893feefc5f0q5§N000bfo0c38d90bbeb⏎`},
	{name: "published: the WordPress plugin", in: `CLOUDFLARE_API_KEY=41db178adf2ef1c82c84§Ndb6ca455457646d33⏎`},
	{name: "published: 32 digits", in: `CF_Key="763eac4f1bcebd8b§N5c95e9fc50d010b4"⏎`},
	{name: "published: in base64", in: `data:⏎  cloudflare-api-token: ⟦Sn3lZJTBX6kk§Ng7OdcBUAxOO963GEIyGQqnFTOFYY⟧⏎`},

	// Names in one file with Cloudflare's that name something of their own.
	{name: "own secret, auth", in: `CLOUDFLARE_API_TOKEN=⏎AUTH_SECRET=§T⏎`},
	{name: "own secret, session", in: `SESSION_SECRET=§T⏎CLOUDFLARE_ACCOUNT_ID=§A⏎`},
	{name: "own secret, app", in: `CF_ACCOUNT_ID=§A⏎APP_SECRET=§T⏎`},
	{name: "own secret, cron", in: `CF_ZONE_ID=§A⏎CRON_SECRET="§T"⏎`},
	{name: "own secret, cookie", in: `CF_ZONE_ID=§A⏎COOKIE_SECRET="§T"⏎`},
	{name: "own secret, better-auth", in: `# Cloudflare D1⏎CLOUDFLARE_DATABASE_ID=§A⏎BETTER_AUTH_SECRET=§T⏎`},
	{name: "own secret, encryption", in: `ENCRYPTION_KEY=§T⏎CLOUDFLARE_API_TOKEN=${CLOUDFLARE_API_TOKEN}⏎`},
	{name: "own secret, admin", in: `ADMIN_PASSWORD=§T⏎CLOUDFLARE_ZONE_ID=§A⏎`},
	{name: "own secret, database", in: `CLOUDFLARE_ZONE_ID=§A⏎DB_PASSWORD=§T⏎POSTGRES_PASSWORD=§T⏎`},
	{name: "own secret, SMTP", in: `CF_API_TOKEN=⏎SMTP_PASSWORD=§T⏎`},
	{name: "own secret, internal", in: `CLOUDFLARE_ZONE_ID=§A⏎INTERNAL_API_KEY=§T⏎`},
	{name: "own secret, client", in: `CLOUDFLARE_ZONE_ID=§A⏎GOOGLE_CLIENT_SECRET=§T⏎GITHUB_CLIENT_SECRET=§S⏎`},
	{name: "own secret, search", in: `CLOUDFLARE_ZONE_ID=§A⏎MEILI_MASTER_KEY=§T⏎`},
	{name: "own secret, Rails", in: `SECRET_KEY_BASE=§T⏎CLOUDFLARE_ZONE_ID=§A⏎`},
	{name: "own secret, Vaultwarden", in: `ADMIN_TOKEN=§T⏎CLOUDFLARE_TUNNEL_ID=8b6a3c1e-4f7d-4a2b-9c3d-7e5f1a2b3c4d⏎`},
	{name: "own secret, GitHub OAuth in JSON", in: `{"cloudflare":{"accountId":"§A"},"github":{"clientSecret":"§S","token":"§T"}}`},
	{name: "own secret, mail in YAML", in: `cloudflare:⏎  zone: acme.io⏎mailgun:⏎  api_key: §T⏎`},
	{name: "own secret, a wrangler secret", in: `echo "§T" | npx wrangler secret put AUTH_SECRET⏎`},
	{name: "own secret, wrangler.toml", in: `[vars]⏎AUTH_SECRET = "§T"⏎SESSION_KEY = "§T"⏎`, path: "wrangler.toml"},
	{name: "own secret, wrangler.toml, others' names", in: `[vars]⏎GITHUB_CLIENT_SECRET = "§S"⏎STRIPE_KEY = "§T"⏎`, path: "wrangler.toml"},
	{name: "own secret, a Worker's", in: `export default { fetch(r, env) { return verify(r, env.JWT_SECRET ?? "§T") } } // cloudflare worker⏎`},
	{name: "Netlify", in: `NETLIFY_AUTH_TOKEN=§T⏎CLOUDFLARE_API_TOKEN=⏎`},
	{name: "Vercel", in: `VERCEL_TOKEN=§T⏎CLOUDFLARE_API_TOKEN=⏎`},
	{name: "Buildkite", in: `BUILDKITE_AGENT_TOKEN=§S⏎CLOUDFLARE_API_TOKEN=⏎`},
	{name: "Porkbun", in: `PORKBUN_API_KEY=§T⏎CF_API_TOKEN=⏎`},
	{name: "a file about it, a commit", in: `ref: §S⏎`, path: "ops/cloudflare.yml"},
	{name: "a file about it, a key of a cache", in: `key: §S⏎cache-key: §S⏎`, path: "ops/cloudflare.yml"},
	{name: "a file about it, ids", in: `{"id":"§T","etag":"§S","cursor":"§T"}`, path: "cloudflare/zones.json"},
	{name: "a file about it, GitHub's", in: `token: ghp_§G⏎`, path: ".github/workflows/cloudflare.yml"},
	{name: "a file about it, an identifier", in: `token: Api-Permission-Group-List-V4-Read-Only-X⏎`, path: "cloudflare.yml"},
	{name: "an identifier without telling words", in: `cfToken: readDnsZonePermissionGroupFromEnvBy2Name⏎`},
	{name: "a secret's name", in: `cloudflareApiTokenSecretName: Dns-Edit-Prod-2024-Acme-Westeurope-Zone1⏎`},
	{name: "a secret's name, kebab", in: `CLOUDFLARE_API_TOKEN_SECRET_ID=Dns-Edit-Prod-2024-Acme-Westeurope-Zone1⏎`},
	{name: "a token's name", in: `cloudflare token name: Edit-Zone-DNS-4-Acme-Io-And-Www-Acme-Io⏎`},
	{name: "a token's id", in: `CLOUDFLARE_API_TOKEN_ID=§A⏎cloudflare_token_id: "§T"⏎`},
	{name: "a token's length in code", in: `if len(cloudflareToken) != 40 { return errInvalidTokenLength }⏎`},

	// Cloudflare is far, or its name means something else.
	{name: "Cloudflare far above", in: `# behind Cloudflare⏎` + strings.Repeat("upstream = 10.0.0.7:8080\n", 20) + `api_token = "§T"⏎`},
	{name: "a status page", in: `Cloudflare is down again. Build §T failed.⏎`},
	{name: "an id in a log", in: `cloudflare request id §T took 12ms⏎`},
	{name: "a trace id", in: `{"provider":"cloudflare","trace":"§T"}`},
	{name: "a session", in: `{"cdn":"cloudflare","session_id":"§T"}`},
	{name: "a value without name", in: `{"cdn":"cloudflare","h":"§T"}`},
	{name: "nanoids", in: `cloudflare workers: §T §T §T⏎`},
	{name: "a cursor", in: `https://api.cloudflare.com/client/v4/accounts/§A/storage/kv/namespaces/§A/keys?cursor=§T⏎`},
	{name: "a KV key's name", in: `https://api.cloudflare.com/client/v4/accounts/§A/storage/kv/namespaces/§A/values/§T⏎`},
	{name: "an upload's id", in: `"uploadId": "§T", "bucket": "cloudflare"⏎`},
	{name: "a worker's etag", in: `{"result":{"id":"site","etag":"§S","handlers":["fetch"]}} // wrangler⏎`},
	{name: "a test's snapshot", in: "exports[`cloudflare 1`] = `\"§S\"`;\n"},
	{name: "the block after Cloudflare's", in: "cloudflare:\n" + strings.Repeat("  - name: www\n    type: A\n", 12) + "acme:\n  api_token: §T\n"},
	{name: "a block within Cloudflare's", in: "cloudflare:\n" + strings.Repeat("  - name: www\n    type: A\n", 12) + "  github:\n    token: §T\n"},
	{name: "beside Cloudflare, far below", in: "- Cloudflare\n" + strings.Repeat("- www.acme.io, api.acme.io\n", 13) + "- token: §T\n"},
	{name: "a row of hashes", in: `cloudflare,§S,§S⏎`},
	{name: "a table of hashes", in: `| cloudflared | §S |⏎`},
	{name: "a table of key fingerprints", in: `name,key_fingerprint⏎cloudflare,§S⏎`},
	{name: "a header of another service", in: `headers: {"X-Auth-Token": "§T"}, url: "https://swift.acme.io"⏎`},
	{name: "a spam filter's token", in: `<a href="/cdn-cgi/l/email-protection#§S">[email protected]</a>`},
	{name: "an e-mail in hexadecimal", in: `<span class="__cf_email__" data-cfemail="§S">[email protected]</span>`},
	{name: "an e-mail in hexadecimal, 38 digits", in: `<a class="__cf_email__" data-cfemail="§Aa1b2c3">[email protected]</a>`},
	{name: "a CloudFormation key", in: `cf_stack_key: §S⏎`},
	{name: "a coin flip", in: `const CF_ROUND_SEED = "§S";⏎`},
	{name: "a scanner's rule", in: `cloudflare-api-key: [a-zA-Z0-9_-]{40}|[a-f0-9]{37}⏎`},

	// Everybody's Cloudflare.
	{name: "an answer from behind Cloudflare", in: `HTTP/2 200⏎server: cloudflare⏎content-type: application/json⏎⏎{"token":"§T","secret":"§T"}⏎`},
	{name: "a HAR of a site behind Cloudflare", in: `{"request": {"url": "https://shop.example.net/api/login", "headers": [{"name": "authorization", "value": "Bearer §T"}]}, "response": {"headers": [{"name": "server", "value": "cloudflare"}, {"name": "cf-ray", "value": "8663c62f51709b1d-FRA"}], "content": {"text": "{\"token\": \"§T\"}"}}}`},
	{name: "curl -v of a site behind Cloudflare", in: `> Host: api.example.net⏎> Authorization: Bearer §T⏎< HTTP/2 200⏎< server: cloudflare⏎`},
	{name: "cookies of a site behind Cloudflare", in: `session=§T; cf_clearance=x; token=§T⏎server: cloudflare⏎`},
	{name: "another's X-Auth-Key behind Cloudflare", in: `x-auth-key: §X⏎⏎HTTP/1.1 200 OK⏎Server: cloudflare⏎`},
	{name: "a page with Turnstile", in: `<script src="https://challenges.cloudflare.com/turnstile/v0/api.js" async></script>⏎<script>window.APP={apiKey:"§T",token:"§T"}</script>⏎`},
	{name: "a resolver", in: `upstream: https://cloudflare-dns.com/dns-query⏎token: §T⏎`},
	{name: "a package of Cloudflare's", in: `{"devDependencies": {"@cloudflare/workers-types": "^4.2"}, "config": {"token": "§T"}}`},
	{name: "a call of somebody else, beside one of Cloudflare", in: `curl -s https://api.cloudflare.com/client/v4/ips⏎curl -s -H "Authorization: Bearer §T" https://api.example.com/v2/firewalls⏎`},
	{name: "a call of somebody else, over lines", in: `curl -s https://api.cloudflare.com/client/v4/ips⏎curl -s \⏎  -H "Authorization: Bearer §T" \⏎  https://api.example.com/v2/firewalls⏎`},
	{name: "the provider after Cloudflare", in: `cloudflare:⏎  token: ${CF_TOKEN}⏎dnsimple:⏎  token: §T⏎`},
	{name: "the provider after Cloudflare, in a list", in: `  - name: cloudflare⏎    token: ${CF}⏎  - name: dnsimple⏎    token: §T⏎`},
	{name: "a member of another vendor's", in: `base = "https://api.cloudflare.com/client/v4"⏎stripe.token = "§T"⏎`},
	{name: "a record with an identifier in it", in: "\x03\x35]cloudflare_api_token_permission_groups_list_of_zones_v4\x00"},
	{name: "a record with a SHA-1", in: "\x03\x31Wcloudflare_cache_key§S\x00cloudflare_email"},
	{name: "a record of another's", in: "\x03\x35]stripe_secret_api_token§T\x00"},
	{name: "a session of ColdFusion", in: `https://shop.example.com/cart.cfm?CFID=29738785&CFTOKEN=§K⏎`},
	{name: "Amazon's key beside Cloudflare's record", in: `{"type":"aws_iam_access_key","attributes":{"id":"AKIACEKHDZW1YM1MEZGC","secret":"§T"}},{"type":"cloudflare_record"}`},
	{name: "another service behind a tunnel", in: `services:⏎  cloudflared:⏎    image: cloudflare/cloudflared:latest⏎  app:⏎    environment:⏎      - API_KEY=§T⏎`},
	{name: "a hash of a token", in: `CF_API_TOKEN_HASH=§T⏎CF_API_TOKEN_ID=§T⏎`},
	{name: "properties of another", in: `ddns.provider=cloudflare⏎mail.password=§T⏎`},
	{name: "an image of Cloudflare's", in: `const src = cloudflareLoader("§T");⏎`},
	{name: "a call of GitHub's API about Cloudflare", in: `curl -H 'Authorization: Bearer §T' https://api.github.com/repos/cloudflare/cloudflared⏎curl https://api.cloudflare.com/client/v4/ips⏎`},
	{name: "checksums of a Podfile", in: `SPEC CHECKSUMS:⏎  CloudflareToken: §S⏎  CFApiKey: §S⏎`},
	{name: "a digest of a key", in: `cloudflare_api_key_digest: §S⏎checksum/cloudflare-token: §S⏎`},
	{name: "letters and digits in turn", in: `CF_API_TOKEN=abc123def456ghi789jkl0§N12mno345pqr678stu9⏎`},
	{name: "the version of a script", in: `<link href="https://cdnjs.cloudflare.com/x.css?v=§T"><meta name="csrf-token">⏎`},
	{name: "a source map", in: `{"file":"cloudflare-token.js","mappings":"CcgF;§T;q7Cj"}⏎`},
	{name: "the middle of a broken credential in parts", in: `String cfToken = "cfut_" + "§T" + "00000000";⏎`},
	{name: "a list of another's", in: `STRIPE_TOKENS=(⏎  "§T"⏎  "§T"⏎)⏎`},
	{name: "a value between two signs of equality", in: `# Cloudflare⏎if token==§T==⏎`},

	// What is like the ways above, and is another's.
	{name: "a flag of Cloud Foundry's", in: `cf push -t §T⏎cf-deploy.sh -k §T⏎`},
	{name: "a flag of others' CF", in: `codeforces-cli -t §T⏎cfx-cli --token §T⏎cfn-dns -t §T⏎curseforge-upload --token §T⏎`},
	{name: "another flag of a tool", in: `flarectl dns create --zone acme.io --type TXT --content §T⏎cfcli add -t TXT _acme.acme.io §T⏎`},
	{name: "a flag of the next command", in: `cf-terraforming generate -z §A && git checkout -t §T⏎`},
	{name: "a secret of another's name", in: `gh secret set CODEFRESH_TOKEN -R acme/cloudflare-site -b §T⏎gh secret set CLOUDFLARE_ACCOUNT_ID -b §T⏎`},
	{name: "a Worker's own secrets", in: `echo §T | wrangler secret put GITHUB_TOKEN⏎wrangler pages secret put AUTH_SECRET <<< §T⏎`},
	{name: "a key of KV", in: `wrangler kv key get §T⏎wrangler kv:key put -k §T⏎`},
	{name: "a column of hashes", in: `service,hash⏎cloudflare,§T⏎`},
	{name: "a column of hashes in Markdown", in: `| package | integrity |⏎|---|---|⏎| cloudflare | §T |⏎`},
	{name: "rows of others", in: `service,token⏎cloudflare,x⏎github,§T⏎acme,§T⏎`},
	{name: "rows of others, Cloudflare's below", in: `api_key,secret⏎acme,§T⏎cloudflare,x⏎`},
	{name: "a column of another's", in: `| Cloudflare token | GitHub token |⏎|---|---|⏎| x | §T |⏎`},
	{name: "cells of others", in: `<si><t>GITHUB_TOKEN</t></si><si><t>§T</t></si><si><t>Cloudflare</t></si><si><t>GitHub Token</t></si><si><t>§T</t></si>`},
	{name: "a cell beside Cloudflare", in: `<tr><th>Vendor</th><th>Build</th></tr><tr><td>Cloudflare</td><td>§T</td></tr>⏎`},
	{name: "a log of Redis, of others", in: "*3\r\n$3\r\nSET\r\n$15\r\ngithub_token_cf\r\n$40\r\n§T\r\n*4\r\n$4\r\nHSET\r\n$10\r\ncloudflare\r\n$9\r\nsessionid\r\n$40\r\n§T\r\n"},
	{name: "a pickle of others'", in: "\x80\x02}q\x00(X\x0c\x00\x00\x00github_tokenq\x01X(\x00\x00\x00§Tq\x02X\x0a\x00\x00\x00cloudflareq\x03u."},
	{name: "a vendor's name in capitals and small letters", in: `// CircleCI token for Cloudflare: §T⏎# Cloudflare⏎GitLab_token = §T⏎`},
	{name: "what is sent to another", in: `# Cloudflare⏎token = "§T"⏎requests.get("https://api.acme.io/", headers={"Authorization": "Bearer " + token})⏎`},
	{name: "what may be sent to another", in: `hash = "§T"⏎h = {"Authorization": "Bearer " + hash}⏎requests.get("https://api.acme.io/", headers=h)⏎requests.get("https://api.cloudflare.com/client/v4/ips")⏎`},
	{name: "OpenAI's key", in: `OPENAI_API_KEY=§T⏎OPENAI_BASE_URL=https://gateway.ai.cloudflare.com/v1/§A/gw/openai⏎`},
	{name: "a comment on the host", in: `# hosted on cloudflare⏎NEXTAUTH_SECRET=§T⏎API_TOKEN=§T⏎`},
	{name: "a comment on the proxy", in: `# the site is behind Cloudflare⏎API_KEY=§T⏎`},
	{name: "a name in a URL of the dashboard", in: `https://dash.cloudflare.com/profile/api-tokens?permissionGroupKeys=x&amp;name=§T⏎https://dash.cloudflare.com/profile/api-tokens?name=§T⏎`},
	{name: "a parameter of another's URL", in: `https://api.acme.io/?api_key=§T&cdn=cloudflare⏎https://acme.io/login?token=§T (behind no proxy but cloudflare)⏎`},
	{name: "SQLite, a dump of others", in: `CREATE TABLE providers (id INTEGER, kind TEXT, login TEXT, secret TEXT);⏎INSERT INTO providers VALUES(1,'cloudflare',NULL,'x');⏎INSERT INTO providers VALUES(2,'github',NULL,'§T');⏎`},
	{name: "SQLite, a dump of hashes", in: `CREATE TABLE files (id INTEGER PRIMARY KEY, cdn TEXT, hash TEXT);⏎INSERT INTO files VALUES(1,'cloudflare','§T');⏎`},
	{name: "SQLite, a dump of objects", in: `CREATE TABLE files (id INTEGER, cdn TEXT, key TEXT, name TEXT PRIMARY KEY);⏎INSERT INTO files VALUES(1,'cloudflare','§T','§T');⏎`},
	{name: "a mail, quoted, of something else", in: `> the Cloudflare zone is⏎>⏎> §T⏎`},
	{name: "a mail, quoted, of a commit", in: `> the Cloudflare token is in⏎>⏎> commit §S⏎`},
	{name: "a vault's note on something else", in: `{"name":"Cloudflare zone","notes":"§T"}{"name":"GitHub token","notes":"§T"}`},
	{name: "C#, another's client", in: `using Acme.Client; // behind Cloudflare⏎var auth = new ApiTokenAuthentication("§T");⏎`},
	{name: "a list of objects", in: `{"cdn":"cloudflare","objects":["§T","§T","§T"],"keys":["uploads/a.png"]}`},
	{name: "a list of objects, keys before", in: `{"keys":["uploads/a.png"],"cdn":"cloudflare","objects":["§T", "§T", "§T"]}`},
	{name: "the next key", in: `render("cloudflare", 3, "§T"), {"token": 1}⏎`},
	{name: "a list of files with keys", in: `{"provider":"cloudflare","files":[{"key":"§T"},{"key":"§T"}]}`},
	{name: "a list of images with keys", in: `{"cdn":"cloudflare","images":[{"key":"§T"}]}`},
	{name: "a list of objects with keys, over lines", in: `"provider": "cloudflare",⏎"objects": [⏎  {⏎    "size": 7,⏎    "key": "§T"⏎  },⏎  {⏎    "key": "§T"⏎  }⏎]⏎`},
	{name: "below a statement", in: `const cfToken = process.env.CF_TOKEN;⏎const deviceName = "§T";⏎`},
	{name: "below a statement without an end", in: `cfToken = load()⏎DEPLOYMENT = "§T"⏎`},
	{name: "below a call", in: `use(cfToken);⏎render("§T");⏎`},
	{name: "a token in a link of Cloudflare's", in: `https://www.cloudflare.com/?token=§T⏎https://dash.cloudflare.com/invite?id=3&token=§T⏎`},
	{name: "a key of KV, behind flags", in: `wrangler kv:key get --binding=X "§T"⏎npx wrangler kv key get --namespace-id=§A §T⏎wrangler kv:key delete --binding=TOKENS §T⏎`},
	{name: "Turso", in: `// Cloudflare Worker⏎createClient({ url: "libsql://acme.turso.io", authToken: "§T" })⏎turso auth token §T # for cloudflare⏎`},
	{name: "a state in a URL of the dashboard", in: `https://dash.cloudflare.com/oauth2/auth?client_id=§A&state=§T&code_challenge=§T⏎`},
}

// expand returns what in stands for, and the legacy credentials in it as
// "rule secret". The same seed gives the same values.
func expand(in, seed string) (text string, secrets []string) {
	r := rand.New(rand.NewPCG(uint64(len(seed)), uint64(len(in))))
	digits := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteByte("0123456789abcdef"[r.IntN(16)])
		}
		return b.String()
	}
	values := map[rune]func(seed string) string{
		'T': mint.Legacy,
		't': func(seed string) string { return "_" + mint.Legacy(seed)[:38] + "-" },
		'K': mint.LegacyKey,
		'L': func(seed string) string { return mint.LegacyKey(seed) + digits(8) },
		'X': func(seed string) string { return mint.LegacyKey(seed) + digits(3) },
		'A': func(string) string { return digits(32) },
		'S': func(string) string { return "b" + digits(38) + "7" },
		'D': func(string) string { return digits(64) },
		'G': func(seed string) string {
			return strings.NewReplacer("-", "x", "_", "y").Replace(mint.Legacy(seed))[:36]
		},
		'N': func(string) string { return "" },
	}
	rules := map[rune]string{
		'T': LegacyToken.ID, 't': LegacyToken.ID,
		'K': LegacyGlobalKey.ID, 'L': LegacyGlobalKey.ID, 'X': LegacyGlobalKey.ID,
	}
	var out, inner strings.Builder
	b := &out
	mark := false
	for i, c := range in {
		switch {
		case mark:
			v := values[c](fmt.Sprintf("%s/%d", seed, i))
			if rule := rules[c]; rule != "" {
				secrets = append(secrets, rule+" "+v)
			}
			b.WriteString(v)
			mark = false
		case c == '§':
			mark = true
		case c == '⟦':
			b = &inner
		case c == '⟧':
			out.WriteString(base64.StdEncoding.EncodeToString([]byte(inner.String())))
			inner.Reset()
			b = &out
		default:
			b.WriteString(strings.NewReplacer("⏎", "\n", "⇥", "\t", "␛", "\x1b").Replace(string(c)))
		}
	}
	slices.Sort(secrets)
	return out.String(), secrets
}

// legacy returns what the detectors of credentials without a prefix find in a
// file, as "rule secret", sorted and without repetitions.
func legacy(text, path string) (found []string, confidence secret.Confidence) {
	confidence = secret.Certain
	NewSet(LegacyToken, LegacyGlobalKey).Matches([]byte(text), Span{0, len(text)}, func(m Match) {
		if m.Rejected != "" || m.ByPath && !PathNames(path) {
			return
		}
		found = append(found, m.Detector.ID+" "+m.Secret.Reveal())
		confidence = min(confidence, m.Confidence)
	})
	slices.Sort(found)
	return slices.Compact(found), confidence
}

func TestLeaks(t *testing.T) {
	for _, tt := range leaks {
		t.Run(tt.name, func(t *testing.T) {
			text, want := expand(tt.in, tt.name)
			found, confidence := legacy(text, tt.path)
			if !slices.Equal(found, want) {
				t.Errorf("in %s\nfound %q\nwant  %q", tt.in, found, want)
			}
			if len(found) > 0 && confidence != secret.Medium && confidence != secret.High {
				t.Errorf("in %s\nconfidence %v: a context proves nothing and counts for something", tt.in, confidence)
			}
		})
	}
}

func TestLookAlikes(t *testing.T) {
	for _, tt := range lookAlikes {
		t.Run(tt.name, func(t *testing.T) {
			text, _ := expand(tt.in, tt.name)
			if found, _ := legacy(text, tt.path); len(found) > 0 {
				t.Errorf("in %s\nfound %q", tt.in, found)
			}
		})
	}
}

// TestKeysLongAsSHA1 says that of a value as long as the id of a commit that is called a
// key one is less sure in prose, as of a commit's message, than where it is assigned.
func TestKeysLongAsSHA1(t *testing.T) {
	for in, want := range map[string]secret.Confidence{
		`CLOUDFLARE_API_KEY=§X⏎CLOUDFLARE_EMAIL=ops@acme.io⏎`: secret.High,
		`"cloudflare_api_key": "§X"⏎`:                         secret.High,
		`cloudflare api token §X⏎`:                            secret.Medium,
		`cloudflare api key §K⏎`:                              secret.High,
	} {
		text, keys := expand(in, in)
		if found, confidence := legacy(text, ""); !slices.Equal(found, keys) || confidence != want {
			t.Errorf("in %s\nfound %q, confidence %v, want %v", in, found, confidence, want)
		}
	}
}

// TestSnippetsInPieces says that pieces of each snippet give what the whole gives.
func TestSnippetsInPieces(t *testing.T) {
	for _, tt := range slices.Concat(leaks, lookAlikes) {
		text, _ := expand(tt.in, tt.name)
		whole := matches([]byte(text), Span{0, len(text)}, 0)
		for _, step := range []int{11, 64} {
			if got := pieces([]byte(text), step); !slices.Equal(got, whole) {
				t.Errorf("in %s\nstep %d: the pieces give\n%s\nthe whole gives\n%s", tt.in, step, strings.Join(got, "\n"), strings.Join(whole, "\n"))
			}
		}
	}
}

// tokenNames and keyNames are the variables of wrangler, Terraform, flarectl,
// lego, acme.sh, Caddy, external-dns and the rest.
var (
	tokenNames = strings.Fields(`CLOUDFLARE_API_TOKEN CF_API_TOKEN CLOUDFLARE_TOKEN CF_TOKEN CF_Token
		SAVED_CF_Token CF_DNS_API_TOKEN CF_ZONE_API_TOKEN CLOUDFLARE_DNS_API_TOKEN
		CLOUDFLARE_ZONE_API_TOKEN CF_ZONE_TOKEN CLOUDFLARE_ZONE_TOKEN CLOUDFLARE_USER_API_TOKEN
		CLOUDFLARE_ACCOUNT_API_TOKEN CF_MANAGEMENT_TOKEN CF_DDNS_API_TOKEN CLOUDFLAREAPI_TOKEN
		CF_AIG_TOKEN CF_AI_GATEWAY_TOKEN CF_AI_API_TOKEN dns_cloudflare_api_token dns_cf_token
		CLOUDFLARE_WORKERS_API_TOKEN CLOUDFLARE_PAGES_TOKEN CF_WORKERS_TOKEN CLOUDFLARE_D1_TOKEN
		CLOUDFLARE_PURGE_TOKEN CLOUDFLARE_BEARER_TOKEN CLOUDFLARE_AUTH_TOKEN CLOUDFLARE_ACCESS_TOKEN
		cfToken cfApiToken cloudflareToken CFTOKEN CFAPITOKEN CLOUDFLARETOKEN cloudflare.api_token
		cloudflare-api-token cloudflare.token CloudFlareApiToken wrangler_token WRANGLER_API_TOKEN`)
	keyNames = strings.Fields(`CLOUDFLARE_API_KEY CF_API_KEY CLOUDFLARE_GLOBAL_API_KEY CF_GLOBAL_API_KEY
		CLOUDFLARE_AUTH_KEY CLOUDFLARE_KEY CF_KEY CF_AUTH_KEY CF_Key SAVED_CF_Key dns_cloudflare_api_key
		dns_cf_key cfApiKey cloudflareKey cloudflareGlobalApiKey CFKEY CFAPIKEY CLOUDFLAREAPIKEY
		CLOUDFLARE_APIKEY CF_APIKEY cloudflare.api.key cloudflare-api-key X-Auth-Key x-auth-key
		X_AUTH_KEY xAuthKey CF-API-Key CLOUDFLARE_SECRET CLOUDFLARE_PASSWORD`)
)

// assignments are ways to give a name a value.
var assignments = []string{
	"%s=%s\n", "%s = %s\n", "%s: %s\n", "%s:%s\n", "%s := %q\n", "%s='%s'\n", "%s=\"%s\"\n", `"%s":"%s"`, `"%s": "%s",`,
	"'%s' => '%s',\n", "export %s=%s\n", "set %s=%s\r\n", "%s ?= %s\n", "$%s = '%s';\n", "- %s=%s\n", "-e %s=%s -d\n",
	"+%s=%s\n", "- name: %s\n  value: %s\n", `{"name":"%s","value":"%s"}`, `<add key="%s" value="%s"/>`, "<key>%s</key>\n<string>%s</string>\n",
	"<%[1]s>%[2]s</%[1]s>", `\"%s\":\"%s\"`, "# %s=%s\n", "// %s: %s\n", "%s\t%s\n", "%s,%s\n", "| %s | %s |\n", "| `%s` | `%s` |\n",
	"PROD_%s=%s\n", "%s_PRODUCTION=%s\n", "%s2=%s\n", "VITE_%s=%s\n", "NEXT_PUBLIC_%s=%s\n", "TF_VAR_%s=%s\n", "MY_%s=%s\n",
	"const %s = \"%s\";\n", "String %s = \"%s\";\n", "let %s: &str = \"%s\";\n", "process.env.%s || '%s'", "os.environ['%s'] = '%s'",
	"--%s=%s ", "--%s %s ", "?%s=%s&", "%s%%3D%s%%26", "%s=3D%s\r\n", "%s\x00%s\x00", "%s=\x1b[32m%s\x1b[0m\n", "%s\u00a0=\u00a0%s\n",
}

// TestNames says that each of the names, however it is given its value, makes
// the value a finding of high confidence.
func TestNames(t *testing.T) {
	check := func(name, value, rule string) {
		for _, form := range assignments {
			text := fmt.Sprintf(form, name, value)
			found, confidence := legacy(text, "")
			if !slices.Equal(found, []string{rule + " " + value}) || confidence != secret.High {
				t.Errorf("in %q with %s: found %q, confidence %v", form, name, found, confidence)
			}
		}
	}
	for i, name := range tokenNames {
		check(name, mint.Legacy(fmt.Sprint("token", i)), LegacyToken.ID)
	}
	for i, name := range keyNames {
		check(name, mint.LegacyKey(fmt.Sprint("key", i)), LegacyGlobalKey.ID)
	}
}

// TestLeaksEncoded says that what is found in a file is found in the file as
// base64, at each alignment and in either alphabet, and as UTF-16.
func TestLeaksEncoded(t *testing.T) {
	b64 := base64.StdEncoding.EncodeToString
	encodings := []struct {
		name   string
		encode func(string) string
	}{
		{"base64", func(s string) string { return b64([]byte(s)) }},
		{"base64 at the second alignment", func(s string) string { return b64([]byte("\n" + s)) }},
		{"base64 at the third alignment", func(s string) string { return b64([]byte("\n\n" + s)) }},
		{"base64url", func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }},
		{"base64 in JSON", func(s string) string { return `{"content":"` + b64([]byte(s)) + `"}` }},
		{"base64 in base64", func(s string) string { return b64([]byte("k: " + b64([]byte(s)) + "\n")) }},
		{"UTF-16, little-endian", func(s string) string { return wide("\ufeff"+s, false) }},
		{"UTF-16, big-endian", func(s string) string { return wide("\ufeff"+s, true) }},
		{"UTF-16 without a mark", func(s string) string { return wide(s, false) }},
		{"UTF-16 in base64", func(s string) string { return b64([]byte(wide(s, false))) }},
	}
	files := []string{
		`CLOUDFLARE_API_TOKEN=§T⏎`,
		`CF_API_EMAIL=ops@acme.io⏎CF_API_KEY=§K⏎PORT=3000⏎`,
		`dns_cloudflare_api_token = §T⏎`,
		`dns_cloudflare_email = ops@acme.io⏎dns_cloudflare_api_key = §K⏎`,
		`{"cloudflare":{"apiToken":"§T","accountId":"§A"}}`,
		`provider "cloudflare" {⏎  email = "ops@acme.io"⏎  api_key = "§K"⏎}⏎`,
		`curl https://api.cloudflare.com/client/v4/zones -H "Authorization: Bearer §T"⏎`,
		`headers = {"X-Auth-Email": "ops@acme.io", "X-Auth-Key": "§K"}⏎`,
		`tls {⏎  dns cloudflare §T⏎}⏎`,
		`- name: CF_API_TOKEN⏎  value: "§T"⏎- name: CF_API_KEY⏎  value: "§L"⏎`,
	}
	for _, in := range files {
		text, want := expand(in, in)
		for _, e := range encodings {
			if found, _ := legacy(e.encode(text), ""); !slices.Equal(found, want) {
				t.Errorf("%s of %s\nfound %q\nwant  %q", e.name, in, found, want)
			}
		}
	}
}

// TestContentNames says which content is about Cloudflare as a whole.
func TestContentNames(t *testing.T) {
	far := strings.Repeat("# comment\n", 200)
	for in, want := range map[string]bool{
		`url = "https://api.cloudflare.com/client/v4/zones/" + zone`: true,
		`BASE = 'https://api.cloudflare.com/client/v4'`:              true,
		`provider "cloudflare" {`:                                    true,
		`{"provider": "cloudflare"}`:                                 true,
		"[dns]\nprovider = cloudflare\n":                             true,
		"import CloudFlare\n":                                        true,
		`import Cloudflare from 'cloudflare'`:                        true,
		`import "github.com/cloudflare/cloudflare-go/v4"`:            true,
		far + "provider: cloudflare\n" + far:                         true,

		"<provider>cloudflare</provider>":                   true,
		"DNS_PROVIDER='cloudflare'\n":                       true,
		"your DNS provider. Cloudflare is one.\n":           false,
		"a provider Cloudflare competes with\n":             false,
		"# behind Cloudflare\n":                             false,
		`curl https://api.cloudflare.com/client/v4/ips`:     false,
		`https://cdnjs.cloudflare.com/ajax/x.js`:            false,
		`import x from "@cloudflare/workers-types"`:         false,
		"server: cloudflare\n":                              false,
		"provider: codefresh\ncdn: cloudflare\n":            false,
		"provider: cloudfoundry\n":                          false,
		strings.Repeat(far, 9) + "provider: cloudflare\n":   false,
		"- uses: cloudflare/wrangler-action@v3\n":           false,
		"image: cloudflare/cloudflared:latest\n":            false,
		"https://developers.cloudflare.com/api/operations/": false,
	} {
		if got := ContentNames([]byte(in)); got != want {
			t.Errorf("%.60q: %v, want %v", in, got, want)
		}
	}
}
