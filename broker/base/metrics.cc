#include "broker/base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>

namespace sam::metrics {
namespace {

// The one process-wide object: metrics are write-only for the product's own logic, so nothing can
// come to depend on it.
prometheus::Registry& Registry() {
  static prometheus::Registry registry;
  return registry;
}

std::map<std::string, std::string> Map(Labels labels) {
  std::map<std::string, std::string> out;
  for (const auto& [key, value] : labels) out.emplace(key, value);
  return out;
}

const prometheus::Histogram::BucketBoundaries kBuckets = {
    0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
    0.05,    0.1,    0.25,    0.5,    1,     2.5,    5,     10};

}  // namespace

Counter::Counter(std::string_view name, std::string_view help, Labels labels)
    : handle_(&prometheus::BuildCounter()
                   .Name(std::string(name))
                   .Help(std::string(help))
                   .Register(Registry())
                   .Add(Map(labels))) {}
void Counter::Add(double n) { static_cast<prometheus::Counter*>(handle_)->Increment(n); }

Gauge::Gauge(std::string_view name, std::string_view help, Labels labels)
    : handle_(&prometheus::BuildGauge()
                   .Name(std::string(name))
                   .Help(std::string(help))
                   .Register(Registry())
                   .Add(Map(labels))) {}
void Gauge::Set(double value) { static_cast<prometheus::Gauge*>(handle_)->Set(value); }

Histogram::Histogram(std::string_view name, std::string_view help, Labels labels)
    : handle_(&prometheus::BuildHistogram()
                   .Name(std::string(name))
                   .Help(std::string(help))
                   .Register(Registry())
                   .Add(Map(labels), kBuckets)) {}
void Histogram::Observe(double seconds) {
  static_cast<prometheus::Histogram*>(handle_)->Observe(seconds);
}

std::string Expose() { return prometheus::TextSerializer().Serialize(Registry().Collect()); }

}  // namespace sam::metrics
