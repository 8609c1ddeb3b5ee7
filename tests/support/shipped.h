// Shipped: the text of a configuration file as it is installed (deploy/config). Of targets that define
// SAM_SHIPPED_DIR. Any thread.
#pragma once

#include <fstream>
#include <sstream>
#include <string>

namespace sam::test {

inline std::string Shipped(const std::string& name) {
  std::ifstream in(std::string(SAM_SHIPPED_DIR) + "/" + name);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace sam::test
