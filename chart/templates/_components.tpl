{{/*
The services of LangSmith that are given its Redis, by their keys in the values, under the conditions of its own
templates. Its Jobs run under the backend's account; the agents' pods are given a Redis of their own too, and are not
among them.
*/}}
{{- define "langsmith-preflight.components" -}}
{{- $values := .Values -}}
{{- $deployments := $values.config.deployment.enabled -}}
{{- $fleet := or $values.fleet.enabled $values.config.agentBuilder.enabled -}}
{{- $rendered := dict
  "backend" true
  "queue" true
  "platformBackend" true
  "ingestQueue" $values.ingestQueue.enabled
  "hostBackend" (or $deployments $values.hostBackend.enabled)
  "listener" $deployments
  "agentGateway" $values.agentGateway.enabled
  "presidioAnalyzer" $values.presidioAnalyzer.enabled
  "fleetToolServer" (and $fleet $values.fleetToolServer.enabled)
  "fleetTriggerServer" (and $fleet $values.fleetTriggerServer.enabled)
-}}
{{- $found := list -}}
{{- range $key, $is := $rendered -}}
{{- if $is -}}{{- $found = append $found $key -}}{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{/* The components whose place a Job takes. */}}
{{- define "langsmith-preflight.proven" -}}
{{- if eq .Values.serviceAccounts "perComponent" -}}
{{- include "langsmith-preflight.components" . -}}
{{- else -}}
["backend"]
{{- end -}}
{{- end -}}

{{/* The account that LangSmith's component runs under: (dict "root" $ "key" "queue"). */}}
{{- define "langsmith-preflight.componentAccount" -}}
{{- $component := index .root.Values .key -}}
{{- $account := default dict $component.serviceAccount -}}
{{- if $account.create -}}
{{- $own := printf "%s-%s" (include "langsmith-preflight.langsmith" .root) $component.name -}}
{{- default $own $account.name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- default "default" $account.name -}}
{{- end -}}
{{- end -}}

{{/* Not empty where the Job of a component runs under LangSmith's own account. */}}
{{- define "langsmith-preflight.borrows" -}}
{{- $named := not (empty .Values.serviceAccount.name) -}}
{{- if eq .Values.serviceAccounts "perComponent" -}}true
{{- else if and .Values.redis.external.iamAuthProvider (not $named) -}}true
{{- end -}}
{{- end -}}

{{/* The account of a Job, empty for the namespace's default: (dict "root" $ "key" "queue"). */}}
{{- define "langsmith-preflight.account" -}}
{{- if include "langsmith-preflight.borrows" .root -}}
{{- include "langsmith-preflight.componentAccount" . -}}
{{- else -}}
{{- .root.Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}
