#include "broker/crypto/wipe.h"

#include <sodium.h>

namespace sam {

void Wipe(std::string& text) {
  sodium_memzero(text.data(), text.size());
  text.clear();
}

}  // namespace sam
