module tools/tfsec

go 1.23.0

toolchain go1.24.1

tool github.com/aquasecurity/tfsec/cmd/tfsec

require github.com/aquasecurity/tfsec v1.28.14

require github.com/AlecAivazis/survey/v2 v2.3.7 // indirect

require github.com/Masterminds/semver v1.5.0 // indirect

require github.com/aquasecurity/defsec v0.84.1 // indirect

require github.com/google/uuid v1.6.0 // indirect

require github.com/hashicorp/go-version v1.6.0 // indirect

require github.com/inconshreveable/go-update v0.0.0-20160112193335-8152e7eb6ccf // indirect

require github.com/liamg/clinch v1.6.6 // indirect

require github.com/liamg/gifwrap v0.0.7 // indirect

require github.com/liamg/tml v0.6.0 // indirect

require github.com/spf13/cobra v1.8.1 // indirect

require github.com/spf13/pflag v1.0.5 // indirect

require github.com/spf13/viper v1.19.0 // indirect

require github.com/stretchr/testify v1.10.0 // indirect

require github.com/zclconf/go-cty v1.10.0 // indirect

require gopkg.in/yaml.v2 v2.4.0 // indirect

require cloud.google.com/go v0.112.1 // indirect

require cloud.google.com/go/compute/metadata v0.3.0 // indirect

require cloud.google.com/go/iam v1.1.6 // indirect

require cloud.google.com/go/storage v1.38.0 // indirect

require dario.cat/mergo v1.0.0 // indirect

require github.com/Microsoft/go-winio v0.6.2 // indirect

require github.com/OneOfOne/xxhash v1.2.8 // indirect

require github.com/ProtonMail/go-crypto v1.1.3 // indirect

require github.com/agext/levenshtein v1.2.3 // indirect

require github.com/agnivade/levenshtein v1.1.1 // indirect

require github.com/alecthomas/chroma v0.10.0 // indirect

require github.com/apparentlymart/go-cidr v1.1.0 // indirect

require github.com/apparentlymart/go-textseg/v13 v13.0.0 // indirect

require github.com/aws/aws-sdk-go v1.44.212 // indirect

require github.com/beorn7/perks v1.0.1 // indirect

require github.com/bgentry/go-netrc v0.0.0-20140422174119-9fd32a8b3d3d // indirect

require github.com/bmatcuk/doublestar v1.3.4 // indirect

require github.com/cespare/xxhash/v2 v2.3.0 // indirect

require github.com/cloudflare/circl v1.3.7 // indirect

require github.com/cyphar/filepath-securejoin v0.2.5 // indirect

require github.com/davecgh/go-spew v1.1.2-0.20180830191138-d8f796af33cc // indirect

require github.com/dlclark/regexp2 v1.4.0 // indirect

require github.com/emirpasic/gods v1.18.1 // indirect

require github.com/felixge/httpsnoop v1.0.4 // indirect

require github.com/fsnotify/fsnotify v1.7.0 // indirect

require github.com/gdamore/encoding v1.0.0 // indirect

require github.com/gdamore/tcell/v2 v2.5.0 // indirect

require github.com/go-git/gcfg v1.5.1-0.20230307220236-3a3c6141e376 // indirect

require github.com/go-git/go-billy/v5 v5.6.0 // indirect

require github.com/go-git/go-git/v5 v5.13.0 // indirect

require github.com/go-ini/ini v1.67.0 // indirect

require github.com/go-logr/logr v1.4.2 // indirect

require github.com/go-logr/stdr v1.2.2 // indirect

require github.com/gobwas/glob v0.2.3 // indirect

require github.com/golang/groupcache v0.0.0-20210331224755-41bb18bfe9da // indirect

require github.com/golang/protobuf v1.5.4 // indirect

require github.com/google/s2a-go v0.1.7 // indirect

require github.com/googleapis/enterprise-certificate-proxy v0.3.2 // indirect

require github.com/googleapis/gax-go/v2 v2.12.3 // indirect

require github.com/gorilla/mux v1.8.1 // indirect

require github.com/hashicorp/go-cleanhttp v0.5.2 // indirect

require github.com/hashicorp/go-getter v1.7.5 // indirect

require github.com/hashicorp/go-safetemp v1.0.0 // indirect

require github.com/hashicorp/go-uuid v1.0.3 // indirect

require github.com/hashicorp/hcl v1.0.0 // indirect

require github.com/hashicorp/hcl/v2 v2.14.1 // indirect

require github.com/inconshreveable/mousetrap v1.1.0 // indirect

require github.com/jbenet/go-context v0.0.0-20150711004518-d14ea06fba99 // indirect

require github.com/jmespath/go-jmespath v0.4.0 // indirect

require github.com/kballard/go-shellquote v0.0.0-20180428030007-95032a82bc51 // indirect

require github.com/kevinburke/ssh_config v1.2.0 // indirect

require github.com/klauspost/compress v1.17.9 // indirect

require github.com/liamg/iamgo v0.0.9 // indirect

require github.com/liamg/jfather v0.0.7 // indirect

require github.com/lucasb-eyer/go-colorful v1.2.0 // indirect

require github.com/magiconair/properties v1.8.7 // indirect

require github.com/mattn/go-colorable v0.1.13 // indirect

require github.com/mattn/go-isatty v0.0.17 // indirect

require github.com/mgutz/ansi v0.0.0-20170206155736-9520e82c474b // indirect

require github.com/mitchellh/go-homedir v1.1.0 // indirect

require github.com/mitchellh/go-testing-interface v1.14.1 // indirect

require github.com/mitchellh/go-wordwrap v1.0.1 // indirect

require github.com/mitchellh/mapstructure v1.5.0 // indirect

require github.com/munnerz/goautoneg v0.0.0-20191010083416-a7dc8b61c822 // indirect

require github.com/olekukonko/tablewriter v0.0.5 // indirect

require github.com/open-policy-agent/opa v0.68.0 // indirect

require github.com/owenrumney/squealer v1.1.1 // indirect

require github.com/pelletier/go-toml/v2 v2.2.2 // indirect

require github.com/pjbgf/sha1cd v0.3.0 // indirect

require github.com/pmezard/go-difflib v1.0.1-0.20181226105442-5d4384ee4fb2 // indirect

require github.com/prometheus/client_golang v1.20.2 // indirect

require github.com/prometheus/client_model v0.6.1 // indirect

require github.com/prometheus/common v0.55.0 // indirect

require github.com/prometheus/procfs v0.15.1 // indirect

require github.com/rcrowley/go-metrics v0.0.0-20200313005456-10cdbea86bc0 // indirect

require github.com/sagikazarmark/locafero v0.4.0 // indirect

require github.com/sagikazarmark/slog-shim v0.1.0 // indirect

require github.com/sergi/go-diff v1.3.2-0.20230802210424-5b0b94c5c0d3 // indirect

require github.com/sirupsen/logrus v1.9.3 // indirect

require github.com/skeema/knownhosts v1.3.0 // indirect

require github.com/sourcegraph/conc v0.3.0 // indirect

require github.com/spf13/afero v1.11.0 // indirect

require github.com/spf13/cast v1.6.0 // indirect

require github.com/subosito/gotenv v1.6.0 // indirect

require github.com/tchap/go-patricia/v2 v2.3.1 // indirect

require github.com/ulikunitz/xz v0.5.10 // indirect

require github.com/xanzy/ssh-agent v0.3.3 // indirect

require github.com/xeipuuv/gojsonpointer v0.0.0-20190905194746-02993c407bfb // indirect

require github.com/xeipuuv/gojsonreference v0.0.0-20180127040603-bd5ef7bd5415 // indirect

require github.com/yashtewari/glob-intersection v0.2.0 // indirect

require github.com/zclconf/go-cty-yaml v1.0.2 // indirect

require go.opencensus.io v0.24.0 // indirect

require go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc v0.49.0 // indirect

require go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp v0.53.0 // indirect

require go.opentelemetry.io/otel v1.28.0 // indirect

require go.opentelemetry.io/otel/metric v1.28.0 // indirect

require go.opentelemetry.io/otel/sdk v1.28.0 // indirect

require go.opentelemetry.io/otel/trace v1.28.0 // indirect

require go.uber.org/atomic v1.9.0 // indirect

require go.uber.org/multierr v1.9.0 // indirect

require golang.org/x/crypto v0.37.0 // indirect

require golang.org/x/exp v0.0.0-20240719175910-8a7402abbf56 // indirect

require golang.org/x/net v0.38.0 // indirect

require golang.org/x/oauth2 v0.21.0 // indirect

require golang.org/x/sync v0.13.0 // indirect

require golang.org/x/sys v0.32.0 // indirect

require golang.org/x/term v0.31.0 // indirect

require golang.org/x/text v0.24.0 // indirect

require golang.org/x/time v0.6.0 // indirect

require google.golang.org/api v0.171.0 // indirect

require google.golang.org/genproto v0.0.0-20240213162025-012b6fc9bca9 // indirect

require google.golang.org/genproto/googleapis/api v0.0.0-20240701130421-f6361c86f094 // indirect

require google.golang.org/genproto/googleapis/rpc v0.0.0-20240701130421-f6361c86f094 // indirect

require google.golang.org/grpc v1.66.0 // indirect

require google.golang.org/protobuf v1.34.2 // indirect

require gopkg.in/ini.v1 v1.67.0 // indirect

require gopkg.in/warnings.v0 v0.1.2 // indirect

require gopkg.in/yaml.v3 v3.0.1 // indirect

require sigs.k8s.io/yaml v1.4.0 // indirect

require github.com/liamg/memoryfs v1.6.0 // indirect

require github.com/mattn/go-runewidth v0.0.13 // indirect

require github.com/owenrumney/go-sarif/v2 v2.1.2 // indirect

require github.com/rivo/uniseg v0.2.0 // indirect
