# kohort in a container; docs/deploying.md says how to run it.
#   docker build -t kohort .
#   docker run -p 9092:9092 -v kohort-data:/data kohort --advertise localhost:9092

FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY bin bin
COPY src src
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:24-bookworm-slim
WORKDIR /app
COPY --from=build /build/package.json ./
COPY --from=build /build/bin bin
COPY --from=build /build/dist/bin dist/bin
COPY --from=build /build/node_modules node_modules
COPY LICENSE ./
RUN mkdir /data && chown node:node /data && ln -s /app/bin/kohort.js /usr/local/bin/kohort
USER node
ENV NODE_ENV=production KOHORT_LISTEN=0.0.0.0:9092 KOHORT_DATA_DIR=/data KOHORT_LOG_FORMAT=json
VOLUME /data
EXPOSE 9092
# Needs neither curl nor --http. With another port than 9092 say so in KOHORT_BOOTSTRAP_SERVER.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["kohort", "health"]
# No shell and no npm between Docker and the broker: SIGTERM reaches it, and it stops cleanly as PID 1, too.
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/app/bin/kohort.js"]
