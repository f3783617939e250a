#ifndef CARDVAULT_KEYS_KEY_CHECK_VALUE_H_
#define CARDVAULT_KEYS_KEY_CHECK_VALUE_H_

#include <memory>
#include <string>

#include "keys/key_material.h"

namespace cardvault {

// Tells keys apart in inventories and ceremonies: 6 lower-case hexadecimal digits, the first three
// bytes of the key's HMAC-SHA-256 over a label that no other use has. They say nothing of the key
// and nothing of its other outputs. Two keys have the same value by chance once in 2^24.
std::string KeyCheckValue(const std::shared_ptr<const KeyMaterial>& material);

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_KEY_CHECK_VALUE_H_
