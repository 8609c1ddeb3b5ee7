// The configuration of the simulated hub: the demonstration's texts, in versions that differ in a
// comment, so that what waits in a mailbox is asked for again. Pure; any thread.
#pragma once

#include <string>

#include "broker/routing/directory.h"

namespace sam::sim {

// A ConfigLoaded message as main journals it, environment "test".
std::string ConfigRecord(int version);
std::string ConfigVersion(int version);
const routing::Directory& DemoDirectory();  // that of every version

}  // namespace sam::sim
