{{- define "jigress.name" -}}
{{- if contains "jigress" .Release.Name }}{{ .Release.Name | trunc 63 | trimSuffix "-" }}{{ else }}{{ printf "%s-jigress" .Release.Name | trunc 63 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "jigress.selector" -}}
app.kubernetes.io/name: jigress
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "jigress.labels" -}}
{{ include "jigress.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* What is read in a namespace. */}}
{{- define "jigress.reading" -}}
- {apiGroups: [""], resources: [services, secrets, configmaps], verbs: [list, watch]}
- {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list, watch]}
- {apiGroups: [networking.k8s.io], resources: [ingresses], verbs: [list, watch]}
- apiGroups: [gateway.networking.k8s.io]
  resources: [gateways, listenersets, httproutes, grpcroutes, tcproutes, tlsroutes, udproutes, referencegrants, backendtlspolicies]
  verbs: [list, watch]
- apiGroups: [jigress.io]
  resources: [backends, plugins, trafficpolicies, registries, dubboservices, sentinelrules]
  verbs: [list, watch]
- {apiGroups: [networking.higress.io], resources: [http2rpcs, mcpbridges], verbs: [list, watch]}
- {apiGroups: [extensions.higress.io], resources: [wasmplugins], verbs: [list, watch]}
- {apiGroups: [multicluster.x-k8s.io], resources: [serviceimports, serviceexports], verbs: [list, watch]}
{{- end }}

{{/* What is written in a namespace. */}}
{{- define "jigress.writing" -}}
- {apiGroups: [networking.k8s.io], resources: [ingresses/status], verbs: [patch]}
- apiGroups: [gateway.networking.k8s.io]
  resources: [gateways/status, listenersets/status, httproutes/status, grpcroutes/status, tcproutes/status, tlsroutes/status, udproutes/status, backendtlspolicies/status]
  verbs: [patch]
- apiGroups: [jigress.io]
  resources: [backends/status, plugins/status, trafficpolicies/status, registries/status, dubboservices/status, sentinelrules/status]
  verbs: [patch]
- {apiGroups: [""], resources: [events], verbs: [create]}
{{- if ne (lower .Values.gatewayServices) "none" }}
- {apiGroups: [""], resources: [services], verbs: [create, patch, delete]}
- {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [create, patch, delete]}
{{- end }}
{{- end }}
