{{/* What LangSmith's chart tells its pods of the Redis, name for name and value for value. */}}
{{- define "langsmith-preflight.redisEnv" -}}
{{- $external := .Values.redis.external -}}
- name: REDIS_CLUSTER_ENABLED
  value: {{ $external.cluster.enabled | quote }}
{{- $secret := include "langsmith-preflight.redisSecret" . }}
{{- range $variable, $key := include "langsmith-preflight.redisKeys" . | fromJson }}
- name: {{ $variable }}
  valueFrom:
    secretKeyRef:
      name: {{ $secret | quote }}
      key: {{ $key | quote }}
{{- end }}
{{- if $external.cluster.enabled }}
- name: REDIS_CLUSTER_USE_SSL_CONNECTION
  value: {{ $external.cluster.tlsEnabled | quote }}
{{- else }}
- name: REDIS_CLUSTER_SAFE_MODE
  value: {{ $external.clusterSafeMode | quote }}
{{- end }}
{{- if $external.clientCert.secretName }}
- name: REDIS_TLS_CLIENT_CERT_PATH
  value: /etc/redis/certs/client.crt
- name: REDIS_TLS_CLIENT_KEY_PATH
  value: /etc/redis/certs/client.key
{{- end }}
{{- with $external.iamAuthProvider }}
- name: REDIS_IAM_AUTH_PROVIDER
  value: {{ . | quote }}
{{- end }}
- name: REDIS_RUNS_EXPIRY_SECONDS
  value: {{ .Values.config.settings.redisRunsExpirySeconds | quote }}
{{- if include "langsmith-preflight.customCa" . }}
- name: SSL_CERT_FILE
  value: /etc/ssl/certs/custom-ca-certificates.crt
{{- end }}
{{- end -}}

{{/* What preflight itself is told. */}}
{{- define "langsmith-preflight.ownEnv" -}}
- name: TERMINATION_LOG_PATH
  value: /dev/termination-log
{{- with include "langsmith-preflight.secretKeys" . }}
- name: PREFLIGHT_SECRET_KEYS
  value: {{ . | quote }}
{{- end }}
{{- if .Release.IsUpgrade }}
- name: PREFLIGHT_UPGRADE
  value: "true"
{{- end }}
{{- if not .Values.failOnError }}
- name: PREFLIGHT_EXIT_ZERO
  value: "true"
{{- end }}
{{- end -}}

{{/* The whole environment, in LangSmith's order: (dict "root" $ "key" "queue"). */}}
{{- define "langsmith-preflight.env" -}}
{{- $values := .root.Values -}}
{{- $own := include "langsmith-preflight.redisEnv" .root | fromYamlArray -}}
{{- if has .key (list "queue" "listener") -}}
{{- $own = append $own (dict "name" "REDIS_MAX_CONNECTIONS" "value" "250") -}}
{{- end -}}
{{- $own = concat $own (include "langsmith-preflight.ownEnv" .root | fromYamlArray) -}}
{{- $deployment := default dict (index $values .key).deployment -}}
{{- $common := default list $values.commonEnv -}}
{{- $extra := concat (default list $deployment.extraEnv) (default list $values.extraEnv) -}}
{{- $env := concat $common $own $extra | deepCopy -}}
{{- include "langsmith-preflight.refuseRepeated" $env -}}
{{- $kinds := list "secretKeyRef" "configMapKeyRef" -}}
{{- range $variable := $env -}}
{{- include "langsmith-preflight.makeOptional" (dict "in" $variable.valueFrom "kinds" $kinds) -}}
{{- end -}}
{{- toYaml $env -}}
{{- end -}}

{{/* LangSmith's chart refuses the same. */}}
{{- define "langsmith-preflight.refuseRepeated" -}}
{{- $seen := list -}}
{{- range $variable := . -}}
{{- if has $variable.name $seen -}}
{{- fail (printf "%s is set twice, by commonEnv, extraEnv or the chart itself" $variable.name) -}}
{{- end -}}
{{- $seen = append $seen $variable.name -}}
{{- end -}}
{{- end -}}

{{/*
Marks references to Secrets and ConfigMaps as optional: (dict "in" $map "kinds" (list "secretKeyRef")). Before a first
install nothing of LangSmith's own exists, and a pod that waits for it would wait until the deadline.
*/}}
{{- define "langsmith-preflight.makeOptional" -}}
{{- $in := default dict .in -}}
{{- range $kind := .kinds -}}
{{- with get $in $kind -}}{{- $_ := set . "optional" true -}}{{- end -}}
{{- end -}}
{{- end -}}
