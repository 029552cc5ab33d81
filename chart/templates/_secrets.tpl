{{/* Not empty where the values hold what LangSmith's chart makes a Secret of; then we make one too. */}}
{{- define "langsmith-preflight.makesSecret" -}}
{{- if not (or .Values.redis.disableSecretCreation .Values.redis.external.existingSecretName) -}}true{{- end -}}
{{- end -}}

{{/* LangSmith's own Secret is no hook, so at a first install it is not there yet: ours has another name. */}}
{{- define "langsmith-preflight.redisSecret" -}}
{{- if include "langsmith-preflight.makesSecret" . -}}
{{- include "langsmith-preflight.name" (dict "root" . "end" "redis") -}}
{{- else -}}
{{- $own := printf "%s-redis" (include "langsmith-preflight.langsmith" .) -}}
{{- default $own .Values.redis.external.existingSecretName -}}
{{- end -}}
{{- end -}}

{{/* The keys of that Secret, by the variable that each is meant for. */}}
{{- define "langsmith-preflight.redisKeys" -}}
{{- $external := .Values.redis.external -}}
{{- if $external.cluster.enabled -}}
{{- dict
  "REDIS_CLUSTER_DATABASE_URIS" $external.cluster.nodeUrisSecretKey
  "REDIS_CLUSTER_PASSWORD" $external.cluster.passwordSecretKey | toJson
-}}
{{- else -}}
{{- dict "REDIS_DATABASE_URI" $external.connectionUrlSecretKey | toJson -}}
{{- end -}}
{{- end -}}

{{/* Not empty where LangSmith mounts a CA bundle; it takes both of the names. */}}
{{- define "langsmith-preflight.customCa" -}}
{{- if and .Values.config.customCa.secretName .Values.config.customCa.secretKey -}}true{{- end -}}
{{- end -}}

{{/*
PREFLIGHT_SECRET_KEYS: what should have come out of Secrets that others make. Every reference of ours is optional: the
pod starts without them, and preflight itself says which one is missing. `optional` is what LangSmith's pods have.
*/}}
{{- define "langsmith-preflight.secretKeys" -}}
{{- $keys := dict -}}
{{- if not (include "langsmith-preflight.makesSecret" .) -}}
{{- $secret := include "langsmith-preflight.redisSecret" . -}}
{{- $optional := .Values.config.disableSecretCreation | default false -}}
{{- range $variable, $key := include "langsmith-preflight.redisKeys" . | fromJson -}}
{{- $_ := set $keys $variable (dict "secret" $secret "key" $key "optional" $optional) -}}
{{- end -}}
{{- end -}}
{{- if include "langsmith-preflight.customCa" . -}}
{{- $ca := .Values.config.customCa -}}
{{- $_ := set $keys "SSL_CERT_FILE" (dict "secret" $ca.secretName "key" $ca.secretKey) -}}
{{- end -}}
{{- with .Values.redis.external.clientCert -}}
{{- if .secretName -}}
{{- $_ := set $keys "REDIS_TLS_CLIENT_CERT_PATH" (dict "secret" .secretName "key" .certSecretKey) -}}
{{- $_ := set $keys "REDIS_TLS_CLIENT_KEY_PATH" (dict "secret" .secretName "key" .keySecretKey) -}}
{{- end -}}
{{- end -}}
{{- if $keys -}}
{{- dict "namespace" (include "langsmith-preflight.namespace" .) "keys" $keys | toJson -}}
{{- end -}}
{{- end -}}
