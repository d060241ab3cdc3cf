export function qrcode(version: number, correction: 'L' | 'M' | 'Q' | 'H'): {
  addData(data: string, mode?: 'Alphanumeric' | 'Byte'): void;
  make(): void;
  getModuleCount(): number;
  isDark(row: number, column: number): boolean;
};
