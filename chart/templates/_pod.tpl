{{/*
The pod's security context: ours, and over it what LangSmith's component will have, whose fsGroup decides whether it can
read the client key. (dict "root" $ "key" "queue")
*/}}
{{- define "langsmith-preflight.podSecurityContext" -}}
{{- $context := deepCopy (default dict .root.Values.podSecurityContext) -}}
{{- $common := deepCopy (default dict .root.Values.commonPodSecurityContext) -}}
{{- $own := deepCopy (default dict (default dict (index .root.Values .key).deployment).podSecurityContext) -}}
{{- $theirs := merge $own $common -}}
{{- if and (hasKey $theirs "runAsUser") (not $theirs.runAsUser) (not (hasKey $theirs "runAsNonRoot")) -}}
{{- $_ := unset $context "runAsNonRoot" -}}
{{- end -}}
{{- range $name, $value := $theirs -}}
{{- $_ := set $context $name $value -}}
{{- end -}}
{{- toYaml $context -}}
{{- end -}}

{{/* LangSmith's labels of the component are the pod's too: Azure's workload identity goes by one. */}}
{{- define "langsmith-preflight.podLabels" -}}
{{- $deployment := default dict (index .root.Values .key).deployment -}}
{{- $component := dict "app.kubernetes.io/component" (include "langsmith-preflight.name" .) -}}
{{- $ours := merge $component (include "langsmith-preflight.labels" .root | fromYaml) -}}
{{- $theirs := deepCopy (default dict $deployment.labels) -}}
{{- toYaml (merge (deepCopy (default dict .root.Values.podLabels)) $ours $theirs) -}}
{{- end -}}

{{- define "langsmith-preflight.podAnnotations" -}}
{{- $deployment := default dict (index .root.Values .key).deployment -}}
{{- $common := deepCopy (default dict .root.Values.commonPodAnnotations) -}}
{{- $theirs := deepCopy (default dict $deployment.annotations) -}}
{{- toYaml (merge (deepCopy (default dict .root.Values.podAnnotations)) $theirs $common) -}}
{{- end -}}

{{- define "langsmith-preflight.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $image.repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image.repository (default .Chart.AppVersion $image.tag) -}}
{{- end -}}
{{- end -}}

{{/* The pod of a Job: (dict "root" $ "key" "queue" "end" ""). */}}
{{- define "langsmith-preflight.pod" -}}
{{- $values := .root.Values -}}
restartPolicy: Never
terminationGracePeriodSeconds: 10
enableServiceLinks: false
automountServiceAccountToken: {{ $values.automountServiceAccountToken }}
{{- with include "langsmith-preflight.account" . }}
serviceAccountName: {{ . | quote }}
{{- end }}
{{- with default $values.images.imagePullSecrets $values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
securityContext: {{- include "langsmith-preflight.podSecurityContext" . | nindent 2 }}
{{- with $values.commonDnsConfig }}
dnsConfig: {{- toYaml . | nindent 2 }}
{{- end }}
{{- range $name := list "nodeSelector" "tolerations" "affinity" "priorityClassName" "runtimeClassName" }}
{{- with get $values $name }}
{{ dict $name . | toYaml }}
{{- end }}
{{- end }}
containers:
  - name: preflight
    image: {{ include "langsmith-preflight.image" .root | quote }}
    imagePullPolicy: {{ $values.image.pullPolicy }}
    args: {{- toYaml $values.args | nindent 6 }}
    env: {{- include "langsmith-preflight.env" . | nindent 6 }}
    {{- with $values.resources }}
    resources: {{- toYaml . | nindent 6 }}
    {{- end }}
    securityContext: {{- toYaml $values.securityContext | nindent 6 }}
    terminationMessagePolicy: FallbackToLogsOnError
    {{- with include "langsmith-preflight.mounts" . | fromYamlArray }}
    volumeMounts: {{- toYaml . | nindent 6 }}
    {{- end }}
{{- with include "langsmith-preflight.volumes" . | fromYamlArray }}
volumes: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
