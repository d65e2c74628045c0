module tools/conftest

go 1.25.8

tool github.com/open-policy-agent/conftest

require github.com/open-policy-agent/conftest v0.69.0

require cuelang.org/go v0.17.1 // indirect

require github.com/BurntSushi/toml v1.6.0 // indirect

require github.com/CycloneDX/cyclonedx-go v0.11.0 // indirect

require github.com/KeisukeYamashita/go-vcl v0.4.0 // indirect

require github.com/basgys/goxml2json v1.1.0 // indirect

require github.com/bufbuild/protocompile v0.6.0 // indirect

require github.com/go-akka/configuration v0.0.0-20200606091224-a002c0330665 // indirect

require github.com/go-ini/ini v1.67.0 // indirect

require github.com/google/go-cmp v0.7.0 // indirect

require github.com/google/go-jsonnet v0.22.0 // indirect

require github.com/hashicorp/go-getter v1.8.6 // indirect

require github.com/hashicorp/hcl v1.0.0 // indirect

require github.com/jstemmer/go-junit-report v1.0.0 // indirect

require github.com/logrusorgru/aurora v2.0.3+incompatible // indirect

require github.com/magiconair/properties v1.8.10 // indirect

require github.com/moby/buildkit v0.30.0 // indirect

require github.com/muhammadmuzzammil1998/jsonc v1.0.0 // indirect

require github.com/olekukonko/tablewriter v1.1.4 // indirect

require github.com/open-policy-agent/opa v1.19.0 // indirect

require github.com/opencontainers/image-spec v1.1.1 // indirect

require github.com/owenrumney/go-sarif/v2 v2.3.3 // indirect

require github.com/shteou/go-ignore v0.3.1 // indirect

require github.com/spdx/tools-golang v0.5.7 // indirect

require github.com/spf13/cobra v1.10.2 // indirect

require github.com/spf13/viper v1.21.0 // indirect

require github.com/subosito/gotenv v1.6.0 // indirect

require github.com/tmccombs/hcl2json v0.6.7 // indirect

require github.com/tufanbarisyildirim/gonginx v0.0.0-20260220081509-8e17ce617db3 // indirect

require github.com/tzrikka/xdg v1.3.2 // indirect

require golang.org/x/exp v0.0.0-20250911091902-df9299821621 // indirect

require google.golang.org/protobuf v1.36.11 // indirect

require olympos.io/encoding/edn v0.0.0-20201019073823-d3554ca0b0a3 // indirect

require oras.land/oras-go/v2 v2.6.2 // indirect

require sigs.k8s.io/yaml v1.6.0 // indirect

require cel.dev/expr v0.25.1 // indirect

require cloud.google.com/go v0.123.0 // indirect

require cloud.google.com/go/auth v0.18.2 // indirect

require cloud.google.com/go/auth/oauth2adapt v0.2.8 // indirect

require cloud.google.com/go/compute/metadata v0.9.0 // indirect

require cloud.google.com/go/iam v1.5.3 // indirect

require cloud.google.com/go/monitoring v1.24.3 // indirect

require cloud.google.com/go/storage v1.61.3 // indirect

require github.com/GoogleCloudPlatform/opentelemetry-operations-go/detectors/gcp v1.32.0 // indirect

require github.com/GoogleCloudPlatform/opentelemetry-operations-go/exporter/metric v0.55.0 // indirect

require github.com/GoogleCloudPlatform/opentelemetry-operations-go/internal/resourcemapping v0.55.0 // indirect

require github.com/agext/levenshtein v1.2.3 // indirect

require github.com/agnivade/levenshtein v1.2.1 // indirect

require github.com/anchore/go-struct-converter v0.1.0 // indirect

require github.com/apparentlymart/go-textseg/v15 v15.0.0 // indirect

require github.com/aws/aws-sdk-go-v2 v1.41.7 // indirect

require github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream v1.7.8 // indirect

require github.com/aws/aws-sdk-go-v2/config v1.32.17 // indirect

require github.com/aws/aws-sdk-go-v2/credentials v1.19.16 // indirect

require github.com/aws/aws-sdk-go-v2/feature/ec2/imds v1.18.23 // indirect

require github.com/aws/aws-sdk-go-v2/internal/configsources v1.4.23 // indirect

require github.com/aws/aws-sdk-go-v2/internal/endpoints/v2 v2.7.23 // indirect

require github.com/aws/aws-sdk-go-v2/internal/v4a v1.4.24 // indirect

require github.com/aws/aws-sdk-go-v2/service/internal/accept-encoding v1.13.9 // indirect

require github.com/aws/aws-sdk-go-v2/service/internal/checksum v1.9.12 // indirect

require github.com/aws/aws-sdk-go-v2/service/internal/presigned-url v1.13.23 // indirect

require github.com/aws/aws-sdk-go-v2/service/internal/s3shared v1.19.20 // indirect

require github.com/aws/aws-sdk-go-v2/service/s3 v1.97.1 // indirect

require github.com/aws/aws-sdk-go-v2/service/signin v1.0.11 // indirect

require github.com/aws/aws-sdk-go-v2/service/sso v1.30.17 // indirect

require github.com/aws/aws-sdk-go-v2/service/ssooidc v1.35.21 // indirect

require github.com/aws/aws-sdk-go-v2/service/sts v1.42.1 // indirect

require github.com/aws/smithy-go v1.25.1 // indirect

require github.com/beorn7/perks v1.0.1 // indirect

require github.com/bgentry/go-netrc v0.0.0-20140422174119-9fd32a8b3d3d // indirect

require github.com/bitly/go-simplejson v0.5.0 // indirect

require github.com/cenkalti/backoff/v5 v5.0.3 // indirect

require github.com/cespare/xxhash/v2 v2.3.0 // indirect

require github.com/clipperhouse/displaywidth v0.10.0 // indirect

require github.com/clipperhouse/uax29/v2 v2.6.0 // indirect

require github.com/cncf/xds/go v0.0.0-20260202195803-dba9d589def2 // indirect

require github.com/cockroachdb/apd/v3 v3.2.3 // indirect

require github.com/containerd/typeurl/v2 v2.2.3 // indirect

require github.com/decred/dcrd/dcrec/secp256k1/v4 v4.4.1 // indirect

require github.com/dgraph-io/badger/v4 v4.9.4 // indirect

require github.com/dgraph-io/ristretto/v2 v2.2.0 // indirect

require github.com/docker/go-units v0.5.0 // indirect

require github.com/dustin/go-humanize v1.0.1 // indirect

require github.com/emicklei/proto v1.14.3 // indirect

require github.com/envoyproxy/go-control-plane/envoy v1.37.0 // indirect

require github.com/envoyproxy/protoc-gen-validate v1.3.3 // indirect

require github.com/fatih/color v1.18.0 // indirect

require github.com/felixge/httpsnoop v1.0.4 // indirect

require github.com/fsnotify/fsnotify v1.10.1 // indirect

require github.com/go-jose/go-jose/v4 v4.1.4 // indirect

require github.com/go-logr/logr v1.4.4 // indirect

require github.com/go-logr/stdr v1.2.2 // indirect

require github.com/go-viper/mapstructure/v2 v2.5.0 // indirect

require github.com/gobwas/glob v0.2.3 // indirect

require github.com/goccy/go-json v0.10.6 // indirect

require github.com/gogo/protobuf v1.3.2 // indirect

require github.com/google/flatbuffers v25.2.10+incompatible // indirect

require github.com/google/s2a-go v0.1.9 // indirect

require github.com/google/uuid v1.6.0 // indirect

require github.com/googleapis/enterprise-certificate-proxy v0.3.14 // indirect

require github.com/googleapis/gax-go/v2 v2.17.0 // indirect

require github.com/grpc-ecosystem/grpc-gateway/v2 v2.29.0 // indirect

require github.com/hashicorp/aws-sdk-go-base/v2 v2.0.0-beta.72 // indirect

require github.com/hashicorp/go-cleanhttp v0.5.2 // indirect

require github.com/hashicorp/go-version v1.8.0 // indirect

require github.com/hashicorp/golang-lru/v2 v2.0.7 // indirect

require github.com/hashicorp/hcl/v2 v2.23.0 // indirect

require github.com/huandu/go-clone v1.7.3 // indirect

require github.com/huandu/go-sqlbuilder v1.42.1 // indirect

require github.com/huandu/xstrings v1.4.0 // indirect

require github.com/inconshreveable/mousetrap v1.1.0 // indirect

require github.com/klauspost/compress v1.19.0 // indirect

require github.com/lestrrat-go/blackmagic v1.0.4 // indirect

require github.com/lestrrat-go/dsig v1.2.1 // indirect

require github.com/lestrrat-go/dsig-secp256k1 v1.0.0 // indirect

require github.com/lestrrat-go/httpcc v1.0.1 // indirect

require github.com/lestrrat-go/httprc/v3 v3.0.5 // indirect

require github.com/lestrrat-go/jwx/v3 v3.1.1 // indirect

require github.com/lestrrat-go/option/v2 v2.0.0 // indirect

require github.com/mattn/go-colorable v0.1.14 // indirect

require github.com/mattn/go-isatty v0.0.20 // indirect

require github.com/mattn/go-runewidth v0.0.19 // indirect

require github.com/mitchellh/go-homedir v1.1.0 // indirect

require github.com/mitchellh/go-wordwrap v1.0.1 // indirect

require github.com/moby/docker-image-spec v1.3.1 // indirect

require github.com/munnerz/goautoneg v0.0.0-20191010083416-a7dc8b61c822 // indirect

require github.com/olekukonko/cat v0.0.0-20250911104152-50322a0618f6 // indirect

require github.com/olekukonko/errors v1.2.0 // indirect

require github.com/olekukonko/ll v0.1.6 // indirect

require github.com/opencontainers/go-digest v1.0.0 // indirect

require github.com/pelletier/go-toml/v2 v2.3.1 // indirect

require github.com/pkg/errors v0.9.1 // indirect

require github.com/planetscale/vtprotobuf v0.6.1-0.20240319094008-0393e58bdf10 // indirect

require github.com/prometheus/client_golang v1.24.0 // indirect

require github.com/prometheus/client_model v0.6.2 // indirect

require github.com/prometheus/common v0.70.0 // indirect

require github.com/prometheus/procfs v0.21.1 // indirect

require github.com/protocolbuffers/txtpbfmt v0.0.0-20260420112717-c39628bde8b5 // indirect

require github.com/rcrowley/go-metrics v0.0.0-20250401214520-65e299d6c5c9 // indirect

require github.com/reeflective/readline v1.3.0 // indirect

require github.com/rivo/uniseg v0.4.7 // indirect

require github.com/sagikazarmark/locafero v0.11.0 // indirect

require github.com/segmentio/asm v1.2.1 // indirect

require github.com/sergi/go-diff v1.4.0 // indirect

require github.com/sirupsen/logrus v1.9.4 // indirect

require github.com/sourcegraph/conc v0.3.1-0.20240121214520-5f936abd7ae8 // indirect

require github.com/spf13/afero v1.15.0 // indirect

require github.com/spf13/cast v1.10.0 // indirect

require github.com/spf13/pflag v1.0.10 // indirect

require github.com/spiffe/go-spiffe/v2 v2.6.0 // indirect

require github.com/tchap/go-patricia/v2 v2.3.3 // indirect

require github.com/tetratelabs/wazero v1.12.0 // indirect

require github.com/tonistiigi/go-csvvalue v0.0.0-20240814133006-030d3b2625d0 // indirect

require github.com/ulikunitz/xz v0.5.15 // indirect

require github.com/valyala/fastjson v1.6.10 // indirect

require github.com/vektah/gqlparser/v2 v2.5.36 // indirect

require github.com/xeipuuv/gojsonpointer v0.0.0-20190905194746-02993c407bfb // indirect

require github.com/xeipuuv/gojsonreference v0.0.0-20180127040603-bd5ef7bd5415 // indirect

require github.com/yashtewari/glob-intersection v0.2.0 // indirect

require github.com/zclconf/go-cty v1.16.2 // indirect

require go.opentelemetry.io/auto/sdk v1.2.1 // indirect

require go.opentelemetry.io/contrib/bridges/prometheus v0.69.0 // indirect

require go.opentelemetry.io/contrib/detectors/gcp v1.43.0 // indirect

require go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc v0.68.0 // indirect

require go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp v0.69.0 // indirect

require go.opentelemetry.io/otel v1.44.0 // indirect

require go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc v1.44.0 // indirect

require go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp v1.44.0 // indirect

require go.opentelemetry.io/otel/exporters/otlp/otlptrace v1.44.0 // indirect

require go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc v1.44.0 // indirect

require go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp v1.44.0 // indirect

require go.opentelemetry.io/otel/metric v1.44.0 // indirect

require go.opentelemetry.io/otel/sdk v1.44.0 // indirect

require go.opentelemetry.io/otel/sdk/metric v1.44.0 // indirect

require go.opentelemetry.io/otel/trace v1.44.0 // indirect

require go.opentelemetry.io/proto/otlp v1.10.0 // indirect

require go.yaml.in/yaml/v2 v2.4.4 // indirect

require go.yaml.in/yaml/v3 v3.0.4 // indirect

require golang.org/x/crypto v0.53.0 // indirect

require golang.org/x/mod v0.37.0 // indirect

require golang.org/x/net v0.56.0 // indirect

require golang.org/x/oauth2 v0.36.0 // indirect

require golang.org/x/sync v0.22.0 // indirect

require golang.org/x/sys v0.47.0 // indirect

require golang.org/x/term v0.45.0 // indirect

require golang.org/x/text v0.40.0 // indirect

require golang.org/x/time v0.15.0 // indirect

require golang.org/x/tools v0.47.0 // indirect

require google.golang.org/api v0.271.0 // indirect

require google.golang.org/genproto v0.0.0-20260128011058-8636f8732409 // indirect

require google.golang.org/genproto/googleapis/api v0.0.0-20260526163538-3dc84a4a5aaa // indirect

require google.golang.org/genproto/googleapis/rpc v0.0.0-20260526163538-3dc84a4a5aaa // indirect

require google.golang.org/grpc v1.82.1 // indirect

require gopkg.in/ini.v1 v1.67.3 // indirect

require gopkg.in/natefinch/lumberjack.v2 v2.2.1 // indirect
