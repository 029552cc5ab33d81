{{/* The files of TLS, where and with the modes that LangSmith's pods have them. */}}
{{- define "langsmith-preflight.tlsVolumes" -}}
{{- if include "langsmith-preflight.customCa" . }}
- name: langsmith-custom-ca
  secret:
    secretName: {{ .Values.config.customCa.secretName | quote }}
    items:
      - key: {{ .Values.config.customCa.secretKey | quote }}
        path: ca-certificates.crt
{{- end }}
{{- with .Values.redis.external.clientCert }}
{{- if .secretName }}
- name: redis-client-cert
  secret:
    secretName: {{ .secretName | quote }}
    items:
      - key: {{ .certSecretKey | quote }}
        path: client.crt
        mode: {{ 0o644 }}
      - key: {{ .keySecretKey | quote }}
        path: client.key
        mode: {{ 0o640 }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "langsmith-preflight.tlsMounts" -}}
{{- if include "langsmith-preflight.customCa" . }}
- name: langsmith-custom-ca
  mountPath: /etc/ssl/certs/custom-ca-certificates.crt
  subPath: ca-certificates.crt
  readOnly: true
{{- end }}
{{- if .Values.redis.external.clientCert.secretName }}
- name: redis-client-cert
  mountPath: /etc/redis/certs
  readOnly: true
{{- end }}
{{- end -}}

{{/* What LangSmith's component mounts: (dict "root" $ "key" "queue"). */}}
{{- define "langsmith-preflight.componentMounts" -}}
{{- $deployment := default dict (index .root.Values .key).deployment -}}
{{- $tls := include "langsmith-preflight.tlsMounts" .root | fromYamlArray -}}
{{- toYaml (concat (default list .root.Values.commonVolumeMounts) (default list $deployment.volumeMounts) $tls) -}}
{{- end -}}

{{/* SDKs want a directory to write to, and the root file system is read-only; LangSmith's values may bring one. */}}
{{- define "langsmith-preflight.bringsTmp" -}}
{{- $paths := list -}}
{{- range include "langsmith-preflight.componentMounts" . | fromYamlArray -}}
{{- $paths = append $paths (trimSuffix "/" .mountPath) -}}
{{- end -}}
{{- if not (has "/tmp" $paths) -}}true{{- end -}}
{{- end -}}

{{- define "langsmith-preflight.mounts" -}}
{{- $mounts := include "langsmith-preflight.componentMounts" . | fromYamlArray -}}
{{- if include "langsmith-preflight.bringsTmp" . -}}
{{- $mounts = append $mounts (dict "name" "preflight-tmp" "mountPath" "/tmp") -}}
{{- end -}}
{{- toYaml $mounts -}}
{{- end -}}

{{- define "langsmith-preflight.volumes" -}}
{{- $deployment := default dict (index .root.Values .key).deployment -}}
{{- $tls := include "langsmith-preflight.tlsVolumes" .root | fromYamlArray -}}
{{- $volumes := concat (default list .root.Values.commonVolumes) (default list $deployment.volumes) $tls | deepCopy -}}
{{- $kinds := list "secret" "configMap" -}}
{{- range $volume := $volumes -}}
{{- include "langsmith-preflight.makeOptional" (dict "in" $volume "kinds" $kinds) -}}
{{- range $source := default list (default dict $volume.projected).sources -}}
{{- include "langsmith-preflight.makeOptional" (dict "in" $source "kinds" $kinds) -}}
{{- end -}}
{{- end -}}
{{- if include "langsmith-preflight.bringsTmp" . -}}
{{- $volumes = append $volumes (dict "name" "preflight-tmp" "emptyDir" (dict "sizeLimit" "16Mi")) -}}
{{- end -}}
{{- toYaml $volumes -}}
{{- end -}}
