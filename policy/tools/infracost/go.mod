module tools/infracost

go 1.25.11

tool github.com/infracost/infracost/cmd/infracost

require github.com/infracost/infracost v0.10.45

replace github.com/jedib0t/go-pretty/v6 => github.com/aliscott/go-pretty/v6 v6.1.1-0.20210226104003-408905a61c8e

replace github.com/spf13/cobra => github.com/spf13/cobra v1.4.0

replace github.com/gruntwork-io/terragrunt => github.com/infracost/terragrunt v0.47.1-0.20250912140054-ddd63fe8e40e

replace github.com/heimdalr/dag => github.com/aliscott/dag v1.3.2-0.20231115114512-4ce18c825f94

replace github.com/shurcooL/graphql => github.com/spacelift-io/graphql v1.2.0

replace github.com/hashicorp/go-getter => github.com/infracost/go-getter v0.0.0-20260413132847-13ebd77a7ea1

require github.com/Masterminds/goutils v1.1.1 // indirect

require github.com/Masterminds/semver v1.5.0 // indirect

require github.com/Masterminds/sprig v2.22.0+incompatible // indirect

require github.com/Rhymond/go-money v1.0.10 // indirect

require github.com/aws/aws-sdk-go-v2 v1.41.7 // indirect

require github.com/aws/aws-sdk-go-v2/config v1.31.8 // indirect

require github.com/aws/aws-sdk-go-v2/service/autoscaling v1.59.1 // indirect

require github.com/aws/aws-sdk-go-v2/service/cloudwatch v1.50.1 // indirect

require github.com/aws/aws-sdk-go-v2/service/dynamodb v1.50.3 // indirect

require github.com/aws/aws-sdk-go-v2/service/ec2 v1.251.2 // indirect

require github.com/aws/aws-sdk-go-v2/service/s3 v1.100.1 // indirect

require github.com/awslabs/goformation/v7 v7.13.1 // indirect

require github.com/dave/dst v0.27.2 // indirect

require github.com/dustin/go-humanize v1.0.1 // indirect

require github.com/fatih/color v1.18.0 // indirect

require github.com/google/go-cmp v0.7.0 // indirect

require github.com/google/uuid v1.6.0 // indirect

require github.com/huandu/xstrings v1.3.2 // indirect

require github.com/jedib0t/go-pretty/v6 v6.2.1 // indirect

require github.com/joho/godotenv v1.4.0 // indirect

require github.com/json-iterator/go v1.1.12 // indirect

require github.com/kballard/go-shellquote v0.0.0-20180428030007-95032a82bc51 // indirect

require github.com/kelseyhightower/envconfig v1.4.0 // indirect

require github.com/mitchellh/copystructure v1.2.0 // indirect

require github.com/mitchellh/go-homedir v1.1.0 // indirect

require github.com/mitchellh/reflectwalk v1.0.2 // indirect

require github.com/pkg/errors v0.9.1 // indirect

require github.com/pmezard/go-difflib v1.0.1-0.20181226105442-5d4384ee4fb2 // indirect

require github.com/shopspring/decimal v1.3.1 // indirect

require github.com/sirupsen/logrus v1.9.3 // indirect

require github.com/spf13/cobra v1.9.1 // indirect

require github.com/spf13/pflag v1.0.6 // indirect

require github.com/stretchr/testify v1.11.1 // indirect

require github.com/tidwall/gjson v1.17.0 // indirect

require github.com/zclconf/go-cty v1.17.0 // indirect

require golang.org/x/crypto v0.52.0 // indirect

require golang.org/x/mod v0.35.0 // indirect

require gopkg.in/go-playground/assert.v1 v1.2.1 // indirect

require gopkg.in/yaml.v2 v2.4.0 // indirect

require gopkg.in/yaml.v3 v3.0.1 // indirect

require github.com/aws/aws-sdk-go-v2/service/eks v1.73.3 // indirect

require github.com/hashicorp/terraform-config-inspect v0.0.0-20210625153042-09f34846faab // indirect

require golang.org/x/sys v0.45.0 // indirect

require github.com/agext/levenshtein v1.2.3 // indirect

require github.com/aws/aws-sdk-go-v2/credentials v1.18.12 // indirect

require github.com/aws/aws-sdk-go-v2/feature/ec2/imds v1.18.7 // indirect

require github.com/aws/aws-sdk-go-v2/internal/configsources v1.4.23 // indirect

require github.com/aws/aws-sdk-go-v2/internal/ini v1.8.3 // indirect

require github.com/aws/aws-sdk-go-v2/service/internal/accept-encoding v1.13.9 // indirect

require github.com/aws/aws-sdk-go-v2/service/internal/endpoint-discovery v1.11.7 // indirect

require github.com/aws/aws-sdk-go-v2/service/internal/presigned-url v1.13.23 // indirect

require github.com/aws/aws-sdk-go-v2/service/internal/s3shared v1.19.23 // indirect

require github.com/aws/aws-sdk-go-v2/service/sso v1.29.3 // indirect

require github.com/aws/aws-sdk-go-v2/service/sts v1.38.4 // indirect

require github.com/aws/smithy-go v1.25.1 // indirect

require github.com/davecgh/go-spew v1.1.2-0.20180830191138-d8f796af33cc // indirect

require github.com/hashicorp/hcl v1.0.1-vault // indirect

require github.com/hashicorp/hcl/v2 v2.24.0 // indirect

require github.com/imdario/mergo v0.3.13 // indirect

require github.com/inconshreveable/mousetrap v1.1.0 // indirect

require github.com/jmespath/go-jmespath v0.4.0 // indirect

require github.com/mattn/go-colorable v0.1.14 // indirect

require github.com/mattn/go-isatty v0.0.20 // indirect

require github.com/mattn/go-runewidth v0.0.16 // indirect

require github.com/mitchellh/go-wordwrap v1.0.1 // indirect

require github.com/modern-go/concurrent v0.0.0-20180306012644-bacd9c7ef1dd // indirect

require github.com/modern-go/reflect2 v1.0.2 // indirect

require github.com/slack-go/slack v0.27.0 // indirect

require github.com/tidwall/match v1.1.1 // indirect

require github.com/tidwall/pretty v1.2.1 // indirect

require golang.org/x/text v0.37.0 // indirect

require golang.org/x/tools v0.44.0 // indirect

require github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream v1.7.10 // indirect

require github.com/aws/aws-sdk-go-v2/internal/endpoints/v2 v2.7.23 // indirect

require github.com/gorilla/websocket v1.5.3 // indirect

require golang.org/x/sync v0.20.0 // indirect

require github.com/alecthomas/jsonschema v0.0.0-20211209230136-e2b41affa5c1 // indirect

require github.com/chainguard-dev/git-urls v1.0.2 // indirect

require github.com/channelmeter/iso8601duration v0.0.0-20150204201828-8da3af7a2a61 // indirect

require github.com/fatih/camelcase v1.0.0 // indirect

require github.com/go-errors/errors v1.4.2 // indirect

require github.com/go-git/go-billy/v5 v5.9.0 // indirect

require github.com/go-git/go-git/v5 v5.19.1 // indirect

require github.com/google/go-github/v41 v41.0.0 // indirect

require github.com/gruntwork-io/go-commons v0.17.1 // indirect

require github.com/gruntwork-io/terragrunt v0.52.4 // indirect

require github.com/hashicorp/go-cty-funcs v0.0.0-20230405223818-a090f58aa992 // indirect

require github.com/hashicorp/go-retryablehttp v0.7.7 // indirect

require github.com/hashicorp/go-terraform-address v0.0.0-20210506203813-2cc4f0f34da8 // indirect

require github.com/hashicorp/golang-lru/v2 v2.0.7 // indirect

require github.com/hashicorp/terraform-svchost v0.1.1 // indirect

require github.com/maruel/panicparse/v2 v2.3.1 // indirect

require github.com/mholt/archives v0.1.1 // indirect

require github.com/mitchellh/hashstructure/v2 v2.0.2 // indirect

require github.com/pkg/browser v0.0.0-20240102092130-5ac0b6a4141c // indirect

require github.com/pkg/profile v1.2.1 // indirect

require github.com/rs/zerolog v1.31.0 // indirect

require github.com/shurcooL/githubv4 v0.0.0-20220115235240-a14260e6f8a2 // indirect

require github.com/shurcooL/graphql v0.0.0-20230722043721-ed46e5a46466 // indirect

require github.com/soongo/path-to-regexp v1.6.4 // indirect

require github.com/spacelift-io/spacectl v1.2.0 // indirect

require github.com/terraform-linters/tflint-plugin-sdk v0.16.1 // indirect

require github.com/turbot/terraform-components v0.0.0-20231213122222-1f3526cab7a7 // indirect

require github.com/withfig/autocomplete-tools/packages/cobra v1.2.0 // indirect

require github.com/xanzy/go-gitlab v0.86.0 // indirect

require golang.org/x/exp v0.0.0-20260410095643-746e56fc9e2f // indirect

require golang.org/x/oauth2 v0.34.0 // indirect

require k8s.io/apimachinery v0.29.2 // indirect

require cel.dev/expr v0.25.1 // indirect

require cloud.google.com/go/auth v0.13.0 // indirect

require cloud.google.com/go/auth/oauth2adapt v0.2.6 // indirect

require cloud.google.com/go/compute/metadata v0.9.0 // indirect

require cloud.google.com/go/iam v1.2.2 // indirect

require cloud.google.com/go/monitoring v1.21.2 // indirect

require dario.cat/mergo v1.0.1 // indirect

require filippo.io/age v1.2.1 // indirect

require github.com/Azure/azure-sdk-for-go v63.3.0+incompatible // indirect

require github.com/Azure/go-autorest v14.2.0+incompatible // indirect

require github.com/Azure/go-autorest/autorest v0.11.26 // indirect

require github.com/Azure/go-autorest/autorest/adal v0.9.18 // indirect

require github.com/Azure/go-autorest/autorest/azure/auth v0.5.11 // indirect

require github.com/Azure/go-autorest/autorest/azure/cli v0.4.5 // indirect

require github.com/Azure/go-autorest/autorest/date v0.3.0 // indirect

require github.com/Azure/go-autorest/autorest/to v0.4.0 // indirect

require github.com/Azure/go-autorest/autorest/validation v0.3.1 // indirect

require github.com/Azure/go-autorest/logger v0.2.1 // indirect

require github.com/Azure/go-autorest/tracing v0.6.0 // indirect

require github.com/GoogleCloudPlatform/opentelemetry-operations-go/detectors/gcp v1.30.0 // indirect

require github.com/GoogleCloudPlatform/opentelemetry-operations-go/exporter/metric v0.48.1 // indirect

require github.com/GoogleCloudPlatform/opentelemetry-operations-go/internal/resourcemapping v0.48.1 // indirect

require github.com/Masterminds/semver/v3 v3.2.1 // indirect

require github.com/Microsoft/go-winio v0.6.2 // indirect

require github.com/ProtonMail/go-crypto v1.1.6 // indirect

require github.com/STARRY-S/zip v0.2.1 // indirect

require github.com/agnivade/levenshtein v1.2.1 // indirect

require github.com/andybalholm/brotli v1.1.1 // indirect

require github.com/apparentlymart/go-textseg/v15 v15.0.0 // indirect

require github.com/apparentlymart/go-versions v1.0.1 // indirect

require github.com/aws/aws-sdk-go-v2/internal/v4a v1.4.24 // indirect

require github.com/aws/aws-sdk-go-v2/service/internal/checksum v1.9.15 // indirect

require github.com/aws/aws-sdk-go-v2/service/ssooidc v1.34.4 // indirect

require github.com/beorn7/perks v1.0.1 // indirect

require github.com/blang/semver v3.5.1+incompatible // indirect

require github.com/bodgit/plumbing v1.3.0 // indirect

require github.com/bodgit/sevenzip v1.6.0 // indirect

require github.com/bodgit/windows v1.0.1 // indirect

require github.com/cenkalti/backoff/v3 v3.2.2 // indirect

require github.com/cespare/xxhash/v2 v2.3.0 // indirect

require github.com/cloudflare/circl v1.6.3 // indirect

require github.com/cncf/xds/go v0.0.0-20251210132809-ee656c7534f5 // indirect

require github.com/containerd/continuity v0.3.0 // indirect

require github.com/cpuguy83/go-md2man/v2 v2.0.6 // indirect

require github.com/creack/pty v1.1.11 // indirect

require github.com/cyphar/filepath-securejoin v0.6.1 // indirect

require github.com/dimchansky/utfbom v1.1.1 // indirect

require github.com/dlclark/regexp2 v1.8.1 // indirect

require github.com/dsnet/compress v0.0.2-0.20230904184137-39efe44ab707 // indirect

require github.com/emirpasic/gods v1.18.1 // indirect

require github.com/envoyproxy/go-control-plane/envoy v1.36.0 // indirect

require github.com/envoyproxy/protoc-gen-validate v1.3.0 // indirect

require github.com/felixge/httpsnoop v1.0.4 // indirect

require github.com/go-git/gcfg v1.5.1-0.20230307220236-3a3c6141e376 // indirect

require github.com/go-ini/ini v1.67.0 // indirect

require github.com/go-jose/go-jose/v4 v4.1.4 // indirect

require github.com/go-logr/logr v1.4.3 // indirect

require github.com/go-logr/stdr v1.2.2 // indirect

require github.com/gogo/protobuf v1.3.2 // indirect

require github.com/golang-jwt/jwt/v4 v4.5.2 // indirect

require github.com/golang/groupcache v0.0.0-20241129210726-2c02b8208cf8 // indirect

require github.com/google/go-github/v35 v35.3.0 // indirect

require github.com/google/s2a-go v0.1.8 // indirect

require github.com/googleapis/enterprise-certificate-proxy v0.3.4 // indirect

require github.com/goware/prefixer v0.0.0-20160118172347-395022866408 // indirect

require github.com/gruntwork-io/gruntwork-cli v0.7.0 // indirect

require github.com/gruntwork-io/terratest v0.41.0 // indirect

require github.com/hashicorp/aws-sdk-go-base/v2 v2.0.0-beta.65 // indirect

require github.com/hashicorp/errwrap v1.1.0 // indirect

require github.com/hashicorp/go-hclog v1.6.3 // indirect

require github.com/hashicorp/go-multierror v1.1.1 // indirect

require github.com/hashicorp/go-plugin v1.4.10 // indirect

require github.com/hashicorp/go-rootcerts v1.0.2 // indirect

require github.com/hashicorp/go-secure-stdlib/parseutil v0.1.6 // indirect

require github.com/hashicorp/go-secure-stdlib/strutil v0.1.2 // indirect

require github.com/hashicorp/go-sockaddr v1.0.2 // indirect

require github.com/hashicorp/logutils v1.0.0 // indirect

require github.com/hashicorp/terraform v0.15.3 // indirect

require github.com/hashicorp/terraform-registry-address v0.2.1 // indirect

require github.com/hashicorp/vault/api v1.14.0 // indirect

require github.com/hashicorp/yamux v0.0.0-20211028200310-0bc27b27de87 // indirect

require github.com/howeyc/gopass v0.0.0-20210920133722-c8aef6fb66ef // indirect

require github.com/huandu/go-clone v1.7.2 // indirect

require github.com/jbenet/go-context v0.0.0-20150711004518-d14ea06fba99 // indirect

require github.com/jessevdk/go-flags v1.5.0 // indirect

require github.com/jstemmer/go-junit-report v1.0.0 // indirect

require github.com/kevinburke/ssh_config v1.2.0 // indirect

require github.com/klauspost/cpuid/v2 v2.3.0 // indirect

require github.com/klauspost/pgzip v1.2.6 // indirect

require github.com/lib/pq v1.10.5 // indirect

require github.com/mattn/go-zglob v0.0.3 // indirect

require github.com/minio/minlz v1.0.0 // indirect

require github.com/mitchellh/mapstructure v1.5.0 // indirect

require github.com/mitchellh/panicwrap v1.0.0 // indirect

require github.com/munnerz/goautoneg v0.0.0-20191010083416-a7dc8b61c822 // indirect

require github.com/nwaples/rardecode/v2 v2.2.0 // indirect

require github.com/oklog/run v1.1.0 // indirect

require github.com/owenrumney/go-sarif v1.1.1 // indirect

require github.com/pierrec/lz4/v4 v4.1.21 // indirect

require github.com/pjbgf/sha1cd v0.6.0 // indirect

require github.com/planetscale/vtprotobuf v0.6.1-0.20240319094008-0393e58bdf10 // indirect

require github.com/prometheus/client_golang v1.22.0 // indirect

require github.com/prometheus/client_model v0.6.2 // indirect

require github.com/prometheus/common v0.62.0 // indirect

require github.com/prometheus/procfs v0.15.1 // indirect

require github.com/rivo/uniseg v0.4.7 // indirect

require github.com/russross/blackfriday/v2 v2.1.0 // indirect

require github.com/ryanuber/go-glob v1.0.0 // indirect

require github.com/sergi/go-diff v1.3.2-0.20230802210424-5b0b94c5c0d3 // indirect

require github.com/skeema/knownhosts v1.3.1 // indirect

require github.com/sorairolake/lzip-go v0.3.5 // indirect

require github.com/sourcegraph/go-lsp v0.0.0-20200429204803-219e11d77f5d // indirect

require github.com/sourcegraph/jsonrpc2 v0.2.0 // indirect

require github.com/spf13/afero v1.12.0 // indirect

require github.com/spiffe/go-spiffe/v2 v2.6.0 // indirect

require github.com/tchap/go-patricia/v2 v2.3.2 // indirect

require github.com/terraform-linters/tflint v0.46.1 // indirect

require github.com/terraform-linters/tflint-ruleset-terraform v0.3.0 // indirect

require github.com/therootcompany/xz v1.0.1 // indirect

require github.com/urfave/cli/v2 v2.27.2 // indirect

require github.com/vektah/gqlparser/v2 v2.5.28 // indirect

require github.com/vmihailenco/msgpack/v5 v5.3.5 // indirect

require github.com/vmihailenco/tagparser/v2 v2.0.0 // indirect

require github.com/xanzy/ssh-agent v0.3.3 // indirect

require github.com/xrash/smetrics v0.0.0-20240312152122-5f08fbb34913 // indirect

require go.mozilla.org/gopgagent v0.0.0-20170926210634-4d7ea76ff71a // indirect

require go.mozilla.org/sops/v3 v3.7.3 // indirect

require go.opentelemetry.io/auto/sdk v1.2.1 // indirect

require go.opentelemetry.io/contrib/detectors/gcp v1.39.0 // indirect

require go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc v0.54.0 // indirect

require go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp v0.61.0 // indirect

require go.opentelemetry.io/otel v1.44.0 // indirect

require go.opentelemetry.io/otel/metric v1.44.0 // indirect

require go.opentelemetry.io/otel/sdk v1.43.0 // indirect

require go.opentelemetry.io/otel/sdk/metric v1.43.0 // indirect

require go.opentelemetry.io/otel/trace v1.44.0 // indirect

require go4.org v0.0.0-20230225012048-214862532bf5 // indirect

require golang.org/x/term v0.43.0 // indirect

require golang.org/x/time v0.11.0 // indirect

require google.golang.org/genproto/googleapis/api v0.0.0-20251202230838-ff82c1b0f217 // indirect

require google.golang.org/genproto/googleapis/rpc v0.0.0-20251202230838-ff82c1b0f217 // indirect

require gopkg.in/inf.v0 v0.9.1 // indirect

require gopkg.in/ini.v1 v1.67.0 // indirect

require gopkg.in/urfave/cli.v1 v1.20.0 // indirect

require gopkg.in/warnings.v0 v0.1.2 // indirect

require sigs.k8s.io/yaml v1.4.0 // indirect

require cloud.google.com/go v0.116.0 // indirect

require cloud.google.com/go/storage v1.49.0 // indirect

require github.com/apparentlymart/go-cidr v1.1.0 // indirect

require github.com/aws/aws-sdk-go v1.44.122 // indirect

require github.com/bgentry/go-netrc v0.0.0-20140422174119-9fd32a8b3d3d // indirect

require github.com/bmatcuk/doublestar v1.3.4 // indirect

require github.com/gobwas/glob v0.2.3 // indirect

require github.com/golang/protobuf v1.5.4 // indirect

require github.com/google/go-querystring v1.1.0 // indirect

require github.com/googleapis/gax-go/v2 v2.14.1 // indirect

require github.com/hashicorp/go-cleanhttp v0.5.2 // indirect

require github.com/hashicorp/go-getter v1.7.6 // indirect

require github.com/hashicorp/go-safetemp v1.0.0 // indirect

require github.com/hashicorp/go-uuid v1.0.3 // indirect

require github.com/hashicorp/go-version v1.6.0 // indirect

require github.com/heimdalr/dag v1.3.1 // indirect

require github.com/iancoleman/orderedmap v0.2.0 // indirect

require github.com/klauspost/compress v1.18.0 // indirect

require github.com/mitchellh/go-testing-interface v1.14.1 // indirect

require github.com/open-policy-agent/opa v1.6.0 // indirect

require github.com/otiai10/copy v1.7.0 // indirect

require github.com/rcrowley/go-metrics v0.0.0-20200313005456-10cdbea86bc0 // indirect

require github.com/ulikunitz/xz v0.5.15 // indirect

require github.com/xeipuuv/gojsonpointer v0.0.0-20190905194746-02993c407bfb // indirect

require github.com/xeipuuv/gojsonreference v0.0.0-20180127040603-bd5ef7bd5415 // indirect

require github.com/yashtewari/glob-intersection v0.2.0 // indirect

require github.com/zclconf/go-cty-yaml v1.0.3 // indirect

require go.opencensus.io v0.24.0 // indirect

require golang.org/x/net v0.55.0 // indirect

require google.golang.org/api v0.215.0 // indirect

require google.golang.org/genproto v0.0.0-20241118233622-e639e219e697 // indirect

require google.golang.org/grpc v1.79.3 // indirect

require google.golang.org/protobuf v1.36.10 // indirect
