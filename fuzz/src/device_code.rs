//! Any bytes as the code of a second device: as its letters, and as what its letters say.

use bech32::{Bech32m, Hrp};
use postrider_client::DeviceCode;

/// What is read prints the same letters.
pub fn run(bytes: &[u8]) {
    if let Ok(letters) = std::str::from_utf8(bytes)
        && let Ok(code) = DeviceCode::parse(letters)
    {
        assert_eq!(DeviceCode::parse(&code.print()).map(|code| code.servers), Ok(code.servers));
    }
    let prefix = Hrp::parse_unchecked("postrider");
    let Ok(letters) = bech32::encode::<Bech32m>(prefix, bytes) else { return };
    if let Ok(code) = DeviceCode::parse(&letters) {
        assert_eq!(*code.print(), letters);
    }
}
