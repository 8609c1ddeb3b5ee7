// NoteCertificateIn: the end of a certificate that a connector shows, and another library reads: for
// the watch. Any thread that the observer is of.
#pragma once

#include <string>

#include "adapters/kit/feed_observer.h"

namespace sam::kit {

// One that is not there or cannot be read is noted by nobody: the connection that wants it tells.
void NoteCertificateIn(const std::string& file, const std::string& name, FeedObserver& observer);

}  // namespace sam::kit
