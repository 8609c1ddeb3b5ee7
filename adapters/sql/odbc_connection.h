// The connection file of [sql] with backend = "odbc": one `Name = "value"` a line, mode 0600, made
// into the connection string of the driver. What it says goes to the driver and nowhere else. Any
// thread, pure but for reading the file.
#pragma once

#include <string>

#include "adapters/sql/sql_config.h"
#include "broker/base/result.h"

namespace sam::sql {

// Driver={...};Server={...};... with every value that needs it in braces. Needs Driver or DSN.
// Settings that write down what passes (tracing, SAVEFILE) are refused. To another machine only
// with a checked certificate, as far as the settings tell (SSLmode = "verify-full", or Encrypt =
// "yes" without TrustServerCertificate), unless `transport` says that the way itself is safe.
// Errors name the line or the setting, never what stands in it.
Result<std::string> ReadOdbcConnection(const std::string& path, Transport transport);

}  // namespace sam::sql
