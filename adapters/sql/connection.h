// The connection file of [sql]: one `name = "value"` a line, mode 0600. What it says goes to libpq
// and nowhere else. Any thread, pure but for reading the file.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "adapters/sql/sql_config.h"
#include "broker/base/result.h"

namespace sam::sql {

struct Connection {
  std::vector<std::pair<std::string, std::string>> settings;  // libpq's names, with our own added
  std::string Text() const;                                   // host='...' password='...'
};

// Names: host, port, dbname, user, password, sslmode, sslrootcert, sslcert, sslkey. To another
// machine only sslmode = "verify-full", which is also what is taken when none is given.
// Errors name the line or the setting, never what stands in it.
Result<Connection> ReadConnection(const std::string& path, int connect_s);

// The certificate that the connection shows, as its file stands now. Empty: none, or the file cannot be used; over ODBC
// the driver has its own.
std::string CertificateOf(const SqlConfig& config);

// The file as the configured backend reads it: whether it can be used.
Status CheckConnectionFile(const SqlConfig& config);

}  // namespace sam::sql
