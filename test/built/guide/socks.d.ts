// The part of the package `socks` that the guides use.
declare module 'socks' {
  export const SocksClient: {
    createConnection(options: {
      readonly proxy: { readonly host: string; readonly port: number; readonly type: 5 }
      readonly command: 'connect'
      readonly destination: { readonly host: string; readonly port: number }
    }): Promise<{ readonly socket: import('node:net').Socket }>
  }
}
