"""Values of LangSmith that our chart is given: what Helm rendered, LangSmith's page, and what is rare."""

from __future__ import annotations

from typing import Any, Final

import yaml

from tests.chart import cases
from tests.chart.test_documented_examples import (
    AWS,
    AZURE,
    CUSTOM_CA,
    ENTERPRISE_CLUSTER,
    FS_GROUP,
    GCP,
    INLINE_NODES,
    KEPT,
    KEPT_NODES,
    MUTUAL,
    ONE_WAY,
    ONE_WAY_NODES,
    OSS_CLUSTER,
    URL,
    iam,
    iam_nodes,
)

Values = dict[str, Any]

RENDERED: Final[dict[str, Values]] = {case: yaml.safe_load(cases.values_of(case)) for case in cases.NAMES}
"""Those whose manifests by LangSmith's own chart are at hand."""

DOCUMENTED: Final[dict[str, Values]] = {
    "url": URL,
    "secret": KEPT,
    "cluster": INLINE_NODES,
    "cluster-secret": KEPT_NODES,
    "azure-oss": OSS_CLUSTER,
    "azure-enterprise-url": ENTERPRISE_CLUSTER,
    "tls": ONE_WAY,
    "tls-cluster": ONE_WAY_NODES,
    "mutual-tls": MUTUAL,
    "mutual-tls-group": MUTUAL | CUSTOM_CA | FS_GROUP,
    "aws": iam("aws") | AWS,
    "aws-cluster": iam_nodes("aws") | AWS,
    "gcp-cluster": iam_nodes("gcp") | GCP,
    "azure": iam("azure") | AZURE,
    "azure-cluster": iam_nodes("azure") | AZURE,
}
"""Each example of the page «Connect to an external Redis or Valkey database»."""

EVERYTHING: Final[Values] = yaml.safe_load("""
namespace: apps
fullnameOverride: smith
commonLabels: {team: platform}
commonAnnotations: {contact: ops}
commonPodAnnotations: {mesh: "no"}
commonPodSecurityContext: {fsGroup: 1000, runAsUser: 1000}
commonEnv:
  - {name: AWS_REGION, value: eu-west-1}
  - {name: PROXY, valueFrom: {secretKeyRef: {name: proxy, key: url}}}
  - {name: ZONE, valueFrom: {configMapKeyRef: {name: zone, key: name, optional: false}}}
  - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
commonVolumes:
  - {name: scratch, emptyDir: {}}
  - {name: roots, secret: {secretName: roots}}
  - {name: settings, configMap: {name: settings}}
  - name: mixed
    projected:
      sources: [{secret: {name: one}}, {configMap: {name: two}}, {serviceAccountToken: {path: token}}]
commonVolumeMounts:
  - {name: scratch, mountPath: /tmp/}
  - {name: roots, mountPath: /roots, readOnly: true}
commonDnsConfig: {nameservers: [10.0.0.10]}
images: {imagePullSecrets: [{name: pull}]}
config:
  customCa: {secretName: ca, secretKey: bundle}
  settings: {redisRunsExpirySeconds: 3600}
  deployment: {enabled: true}
  agentBuilder: {enabled: true}
redis:
  external:
    enabled: true
    existingSecretName: redis
    iamAuthProvider: azure
    clientCert: {secretName: pair, certSecretKey: c, keySecretKey: k}
    cluster: {enabled: true, tlsEnabled: false}
agentGateway: {enabled: true}
presidioAnalyzer: {enabled: true}
backend:
  deployment:
    annotations: {one: "1"}
    labels: {azure.workload.identity/use: "true"}
    podSecurityContext: {fsGroup: 7}
    extraEnv: [{name: ONE, valueFrom: {secretKeyRef: {name: one, key: k}}}]
    volumes: [{name: own, secret: {secretName: own}}]
    volumeMounts: [{name: own, mountPath: /own}]
queue: {serviceAccount: {create: false, name: mine}}
listener: {serviceAccount: {create: false}}
hostBackend: {serviceAccount: {name: hosts, annotations: {a: b}}}
extraEnv: [{name: TWO, valueFrom: {secretKeyRef: {name: two, key: k}}}]
podLabels: {access: redis}
podAnnotations: {mesh: "yes"}
nodeSelector: {pool: small}
tolerations: [{key: dedicated, operator: Exists}]
affinity: {podAntiAffinity: {}}
priorityClassName: high
runtimeClassName: gvisor
""")

ALL: Final = RENDERED | DOCUMENTED | {"everything": EVERYTHING}

COMPONENTS: Final = {"serviceAccounts": "perComponent"}


def redis(**external: Any) -> Values:
    return {"redis": {"external": {"enabled": True} | external}}
