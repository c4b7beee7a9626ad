package job

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/seaworthy-dev/seaworthy/internal/store"
)

// tracer makes the spans of a review, from the delivery to the conclusion in one
// trace. Without a receiver of traces it does nothing.
var tracer = otel.Tracer("github.com/seaworthy-dev/seaworthy/internal/job")

// carried is where in a trace something was asked for, as a review keeps it; "" is
// nowhere.
func carried(ctx context.Context) string {
	to := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, to)
	return to["traceparent"]
}

// under goes on with the trace in which a review was asked for.
func under(ctx context.Context, r *store.Review) context.Context {
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": r.Trace})
}

// span begins a span of a review; end tells how it went.
func span(ctx context.Context, name string, of ...attribute.KeyValue) (_ context.Context, end func(error)) {
	ctx, s := tracer.Start(ctx, name, trace.WithAttributes(of...))
	return ctx, func(err error) {
		if err != nil {
			s.SetStatus(codes.Error, err.Error()) // it holds no token: see github and git
		}
		s.End()
	}
}

// attributes tell which review it is.
func attributes(r *store.Review) []attribute.KeyValue {
	return []attribute.KeyValue{attribute.String("seaworthy.repository", r.Owner+"/"+r.Name), attribute.Int("seaworthy.pull", r.Number),
		attribute.String("seaworthy.head", r.HeadSHA), attribute.String("seaworthy.base", r.BaseRef), attribute.Int("seaworthy.attempt", r.Attempt),
		attribute.Int64("seaworthy.installation", r.Tenant), attribute.String("seaworthy.delivery", r.Delivery)}
}
