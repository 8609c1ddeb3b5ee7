#include <utility>

#include "broker/base/metrics.h"
#include "broker/edge/http.h"

namespace sam::edge {

namespace {

HttpHandler Check(std::function<std::string()> why_not) {
  return [why_not = std::move(why_not)](const HttpRequest&) {
    const std::string reason = why_not();
    HttpResponse response;
    response.status = reason.empty() ? 200 : 503;
    response.body = (reason.empty() ? std::string("ok") : reason) + "\n";
    return response;
  };
}

}  // namespace

std::vector<HttpRoute> StandardRoutes(std::function<std::string()> ready,
                                      std::function<std::string()> healthy, std::string version) {
  std::vector<HttpRoute> routes;
  routes.push_back({"GET", "/metrics", [](const HttpRequest&) {
                      HttpResponse response;
                      response.content_type = "text/plain; version=0.0.4; charset=utf-8";
                      response.body = metrics::Expose();
                      return response;
                    }});
  routes.push_back({"GET", "/healthz", Check(std::move(healthy))});
  routes.push_back({"GET", "/readyz", Check(std::move(ready))});
  routes.push_back({"GET", "/version", [version = std::move(version)](const HttpRequest&) {
                      HttpResponse response;
                      response.content_type = "application/json";
                      response.body = version + "\n";
                      return response;
                    }});
  return routes;
}

}  // namespace sam::edge
