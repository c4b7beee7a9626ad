package main

import (
	"context"
	"fmt"
	"strings"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
)

// traceVariables are OpenTelemetry's own of which one turns traces on; the rest of its
// variables say how. Its library reads them.
var traceVariables = []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"}

// startTraces sends traces by OTLP over HTTP where the environment says where to; stop
// sends what is left.
func startTraces(ctx context.Context, environ []string) (stop func(context.Context) error, err error) {
	set := map[string]string{}
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		set[name] = value
	}
	where := ""
	for _, name := range traceVariables {
		where += set[name]
	}
	if where == "" || set["OTEL_TRACES_EXPORTER"] == "none" || strings.EqualFold(set["OTEL_SDK_DISABLED"], "true") {
		return func(context.Context) error { return nil }, nil
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("send traces: %w", err)
	}
	b := thisBuild()
	about, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", "seaworthy"), attribute.String("service.version", b.Version)),
		resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("send traces: %w", err)
	}
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(about))
	otel.SetTracerProvider(provider)
	otel.SetTextMapPropagator(propagation.TraceContext{})
	return provider.Shutdown, nil
}
