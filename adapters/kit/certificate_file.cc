#include "adapters/kit/certificate_file.h"

#include "adapters/tls/context.h"

namespace sam::kit {

void NoteCertificateIn(const std::string& file, const std::string& name, FeedObserver& observer) {
  const Result<Millis> ends = tls::EndOfCertificate(file);
  if (ends.ok()) observer.NoteCertificate(name, *ends);
}

}  // namespace sam::kit
