{{/* One Job: (dict "root" $ "key" "queue" "end" "queue" "annotations" $map). */}}
{{- define "langsmith-preflight.job" -}}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ include "langsmith-preflight.jobName" . | quote }}
  namespace: {{ include "langsmith-preflight.namespace" .root | quote }}
  labels: {{- include "langsmith-preflight.labels" .root | nindent 4 }}
  {{- with .annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  backoffLimit: 0
  activeDeadlineSeconds: {{ .root.Values.deadlineSeconds | int64 }}
  {{- if not .root.Values.hook }}
  ttlSecondsAfterFinished: 3600
  {{- end }}
  podFailurePolicy:
    rules:
      # A node that is drained says nothing of the Redis.
      - action: Ignore
        onPodConditions:
          - type: DisruptionTarget
            status: "True"
      # What failed may pass by itself: another pod tries again, until the Job's deadline.
      - action: Ignore
        onExitCodes:
          containerName: preflight
          operator: In
          values: [124]
        # The schema of Kubernetes before 1.29 wants it in every rule.
        onPodConditions: []
      - action: FailJob
        onExitCodes:
          containerName: preflight
          operator: In
          values: [1, 2, 3, 4]
        onPodConditions: []
  template:
    metadata:
      labels: {{- include "langsmith-preflight.podLabels" . | nindent 8 }}
      {{- with include "langsmith-preflight.podAnnotations" . | fromYaml }}
      annotations: {{- toYaml . | nindent 8 }}
      {{- end }}
    spec: {{- include "langsmith-preflight.pod" . | nindent 6 }}
{{- end -}}

{{/* The template of a Job cannot be changed: one that Helm would upgrade in place gets another name. */}}
{{- define "langsmith-preflight.jobName" -}}
{{- $revision := printf "r%d" (int .root.Release.Revision) -}}
{{- $anew := and .root.Release.IsUpgrade (not .root.Values.hook) -}}
{{- $end := ternary (compact (list .end $revision) | join "-") .end (and $anew true) -}}
{{- include "langsmith-preflight.name" (dict "root" .root "end" $end) -}}
{{- end -}}

{{/*
Helm runs one hook after another, also those of one weight. So that the Jobs run at the same time, one document holds
them: Helm takes it for one hook by its annotations, and makes and watches each of its items. Argo CD does not look at
the List, so the items have its annotations. Names of a List are for Helm's messages; the cluster never sees it.
(dict "root" $ "keys" $components)
*/}}
{{- define "langsmith-preflight.jobsTogether" -}}
{{- $hook := include "langsmith-preflight.jobHook" . | fromYaml -}}
{{- $argo := include "langsmith-preflight.argoHook" (dict "hook" $hook) | fromYaml -}}
{{- $common := deepCopy (default dict .root.Values.commonAnnotations) -}}
apiVersion: v1
kind: List
metadata:
  name: {{ include "langsmith-preflight.name" (dict "root" .root "end" "") | quote }}
  namespace: {{ include "langsmith-preflight.namespace" .root | quote }}
  annotations: {{- include "langsmith-preflight.helmHook" (dict "hook" $hook) | nindent 4 }}
items:
{{- range $key := .keys }}
{{- $end := (index $.root.Values $key).name }}
{{- $job := dict "root" $.root "key" $key "end" $end "annotations" (merge $argo $common) }}
  - {{- include "langsmith-preflight.job" $job | nindent 4 }}
{{- end }}
{{- end -}}

{{/* A failed Job stays, so that its log can be read, until the next one takes its place. */}}
{{- define "langsmith-preflight.jobHook" -}}
weight: "-3"
delete: before-hook-creation
output: hook-failed
{{- end -}}
