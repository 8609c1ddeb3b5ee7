// Overwriting a secret text that some library had to be given. Any thread.
#pragma once

#include <string>

namespace sam {

// The bytes are zeroed although nobody reads them again, and the text is empty.
void Wipe(std::string& text);

}  // namespace sam
