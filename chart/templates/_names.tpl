{{/* Not empty where there is something to check. */}}
{{- define "langsmith-preflight.active" -}}
{{- if and .Values.enabled .Values.redis.external.enabled -}}true{{- end -}}
{{- end -}}

{{/* What LangSmith's objects are called, as its own chart makes it: trust policies name its service accounts. */}}
{{- define "langsmith-preflight.langsmith" -}}
{{- $release := default .Release.Name .Values.langsmithRelease -}}
{{- $name := default "langsmith" .Values.nameOverride -}}
{{- $full := ternary $release (printf "%s-%s" $release $name) (contains $name $release) -}}
{{- default $full .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/*
A name of our own: (dict "root" $ "end" "redis"). It is a label too, so it keeps to 63 characters; a hash stands for
what was cut off.
*/}}
{{- define "langsmith-preflight.name" -}}
{{- $langsmith := include "langsmith-preflight.langsmith" .root -}}
{{- $end := ternary (printf "-preflight-%s" .end) "-preflight" (not (empty .end)) -}}
{{- $room := int (sub 63 (len $end)) -}}
{{- if gt (len $langsmith) $room -}}
{{- $kept := trunc (int (sub $room 7)) $langsmith | trimSuffix "-" -}}
{{- $langsmith = printf "%s-%s" $kept (sha256sum $langsmith | trunc 6) -}}
{{- end -}}
{{- print $langsmith $end -}}
{{- end -}}

{{- define "langsmith-preflight.namespace" -}}
{{- default .Release.Namespace .Values.namespace -}}
{{- end -}}

{{/* Labels of every object of ours; no Service of LangSmith selects them. */}}
{{- define "langsmith-preflight.labels" -}}
{{- $labels := dict
  "helm.sh/chart" (printf "langsmith-preflight-%s" .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-")
  "app.kubernetes.io/name" "langsmith-preflight"
  "app.kubernetes.io/instance" .Release.Name
  "app.kubernetes.io/version" .Chart.AppVersion
  "app.kubernetes.io/managed-by" .Release.Service
-}}
{{- toYaml (merge $labels (deepCopy (default dict .Values.commonLabels))) -}}
{{- end -}}

{{/*
The annotations of an object: (dict "root" $ "hook" (dict "weight" "-4" "delete" "hook-succeeded")), with "output" for
Helm's policy on logs and "skippedByArgo" for what Argo CD is to leave alone.
*/}}
{{- define "langsmith-preflight.annotations" -}}
{{- $annotations := dict -}}
{{- if .root.Values.hook -}}
{{- $helm := include "langsmith-preflight.helmHook" . | fromYaml -}}
{{- $annotations = merge $helm (include "langsmith-preflight.argoHook" . | fromYaml) -}}
{{- end -}}
{{- toYaml (merge $annotations (deepCopy (default dict .root.Values.commonAnnotations))) -}}
{{- end -}}

{{- define "langsmith-preflight.helmHook" -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: {{ .hook.weight | quote }}
helm.sh/hook-delete-policy: {{ .hook.delete }}
{{- with .hook.output }}
helm.sh/hook-output-log-policy: {{ . }}
{{- end }}
{{- end -}}

{{- define "langsmith-preflight.argoHook" -}}
{{- if .hook.skippedByArgo -}}
argocd.argoproj.io/hook: Skip
{{- else -}}
argocd.argoproj.io/hook: PreSync
argocd.argoproj.io/hook-delete-policy: BeforeHookCreation
argocd.argoproj.io/sync-wave: {{ .hook.weight | quote }}
{{- end -}}
{{- end -}}
